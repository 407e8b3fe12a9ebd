package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.Fleet.Member;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client of one tenant. It stays with a gateway until that one is killed, which is its connection's loss and no answer:
 * what may be sent twice is sent again elsewhere. Nothing else is.
 */
final class EdgeClient {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LOOK_AGAIN_NANOS = 20_000_000L;
    private static final int OK_BELOW = 300;
    private static final int NOT_FOUND = 404;
    private static final int SHOWN_CHARS_MAX = 300;

    private final Fleet fleet;
    private final Kills kills;
    private final Tally tally;
    private final String name;
    private final String token;
    private int at;

    EdgeClient(Fleet fleet, Kills kills, Tally tally, TenantId tenant, int index) {
        this.fleet = fleet;
        this.kills = kills;
        this.tally = tally;
        this.name = tenant.toString();
        this.token = fleet.token(tenant);
        this.at = index;
    }

    /** The gateway that this client is with, a living one. */
    Member gateway() {
        List<Member> gateways = fleet.gateways();
        while (true) {
            for (int i = 0; i < gateways.size(); i++) {
                Member gateway = gateways.get((at + i) % gateways.size());
                if (gateway.isReady()) {
                    at = (at + i) % gateways.size();
                    return gateway;
                }
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    String token() {
        return token;
    }

    /** The answer to a request that may be sent twice; null where it failed, which is noted. */
    @Nullable
    HttpResponse<byte[]> idempotent(String method, String path, String body) {
        while (true) {
            Member gateway = gateway();
            int deaths = gateway.deaths();
            long began = System.nanoTime();
            try {
                HttpResponse<byte[]> answer = send(gateway, method, path, body);
                if (answer.statusCode() < OK_BELOW || answer.statusCode() == NOT_FOUND) {
                    return answer;
                }
                failed(method, path, gateway, answer.statusCode() + " " + shown(answer));
                return null;
            } catch (IOException broken) {
                if (gateway.deaths() != deaths || !gateway.isReady()) {
                    tally.count("sent again after the death of a gateway");
                } else if (kills.podAway(began, System.nanoTime())) {
                    // The answer had begun, for otherwise the gateway would have said what was wrong.
                    tally.count("answers cut off by the death of a pod, asked again");
                } else {
                    failed(method, path, gateway, broken.toString());
                    return null;
                }
            }
        }
    }

    /** The answer to a request that is sent once; null where it is not known what became of it. */
    @Nullable
    HttpResponse<byte[]> once(String method, String path, String body) {
        try {
            HttpResponse<byte[]> answer = send(gateway(), method, path, body);
            return answer.statusCode() < OK_BELOW ? answer : null;
        } catch (IOException unknown) {
            return null;
        }
    }

    private void failed(String method, String path, Member gateway, String how) {
        tally.problem(
                Tally.Problem.FAILED_IDEMPOTENT,
                method + " " + path + " of " + name + " by " + gateway.name() + ": " + how);
    }

    private static String shown(HttpResponse<byte[]> answer) {
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        return text.substring(0, Math.min(text.length(), SHOWN_CHARS_MAX));
    }

    HttpResponse<byte[]> send(Member gateway, String method, String path, String body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(gateway.url().resolve(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return fleet.http().send(request, BodyHandlers.ofByteArray());
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }
}
