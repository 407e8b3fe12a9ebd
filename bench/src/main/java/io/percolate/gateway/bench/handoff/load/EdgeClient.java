package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.bench.pod.TenantAnswers;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
    private final Disturbances disturbances;
    private final Tally tally;
    private final TenantId tenant;
    private final String token;
    private int at;

    EdgeClient(Fleet fleet, Disturbances disturbances, Tally tally, TenantId tenant, int index) {
        this.fleet = fleet;
        this.disturbances = disturbances;
        this.tally = tally;
        this.tenant = tenant;
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
                    acknowledged(method, answer, began);
                    return answer;
                }
                failed(Problem.FAILED_IDEMPOTENT, method, path, gateway, began, refusal(answer));
                return null;
            } catch (IOException broken) {
                if (gateway.deaths() != deaths || !gateway.isReady()) {
                    tally.count("sent again after the death of a gateway");
                } else if (disturbances.podAway(began, System.nanoTime())) {
                    // The answer had begun, for otherwise the gateway would have said what was wrong.
                    tally.count("answers cut off by the death of a pod, asked again");
                } else {
                    failed(Problem.FAILED_IDEMPOTENT, method, path, gateway, began, broken.toString());
                    return null;
                }
            }
        }
    }

    /** Asks until there is an answer. */
    void untilAnswered(String path) {
        while (idempotent("GET", path, "") == null) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    /** The answer to a request that is sent once; null where it is not known what became of it. */
    @Nullable
    HttpResponse<byte[]> once(String method, String path, String body) {
        Member gateway = gateway();
        int deaths = gateway.deaths();
        long began = System.nanoTime();
        try {
            HttpResponse<byte[]> answer = send(gateway, method, path, body);
            if (answer.statusCode() < OK_BELOW) {
                acknowledged(method, answer, began);
                return answer;
            }
            failedOnce(method, path, gateway, deaths, began, refusal(answer));
        } catch (IOException unknown) {
            failedOnce(method, path, gateway, deaths, began, unknown.toString());
        }
        return null;
    }

    private void failedOnce(String method, String path, Member gateway, int deaths, long began, String how) {
        boolean explained =
                gateway.deaths() != deaths || !gateway.isReady() || disturbances.podAway(began, System.nanoTime());
        if (disturbances.onceMustSucceed() && !explained) {
            failed(Problem.FAILED_ONCE, method, path, gateway, began, how);
        }
    }

    /** Reads are judged by what they see. */
    private void acknowledged(String method, HttpResponse<byte[]> answer, long began) {
        Optional<String> pod = answer.headers().firstValue(TenantAnswers.POD);
        if (!method.equals("GET") && pod.isPresent()) {
            long epoch = answer.headers().firstValueAsLong(TenantAnswers.EPOCH).orElse(0);
            tally.hosts()
                    .acknowledged(tenant, pod.get(), epoch, began, System.nanoTime())
                    .ifPresent(wrong -> tally.problem(Problem.TWO_HOSTS, wrong));
        }
    }

    private void failed(Problem kind, String method, String path, Member gateway, long began, String how) {
        if (disturbances.cutOff(gateway, began, System.nanoTime())) {
            tally.count("requests that a gateway which was cut off refused or left unanswered");
            return;
        }
        tally.problem(kind, method + " " + path + " of " + tenant + " by " + gateway.name() + ": " + how);
    }

    private static String refusal(HttpResponse<byte[]> answer) {
        String text = answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8);
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
