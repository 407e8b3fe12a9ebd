package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Tally;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a gateway would do that was paused before a move: writes under the epoch of the past, straight to pods. */
final class Ghosts {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int OK_BELOW = 300;

    private final Fleet fleet;
    private final Tally tally;

    Ghosts(Fleet fleet, Tally tally) {
        this.fleet = fleet;
        this.tally = tally;
    }

    /** Tries both pods of a move that is over. */
    void haunt(MoveRecord move) {
        for (Member pod : fleet.pods()) {
            if (pod.name().equals(move.from()) || pod.name().equals(move.to())) {
                write(pod, move.tenant(), move.epoch() - 1);
            }
        }
    }

    private void write(Member pod, TenantId tenant, long epoch) {
        HttpRequest request = HttpRequest.newBuilder(pod.url().resolve("/kv/ghost"))
                .timeout(PATIENCE)
                .header("X-Tenant-Id", tenant.toString())
                .header("X-Tenant-Tier", "C")
                .header("X-Placement-Epoch", Long.toString(epoch))
                .PUT(BodyPublishers.ofString("boo"))
                .build();
        try {
            int status = fleet.http().send(request, BodyHandlers.discarding()).statusCode();
            if (status < OK_BELOW) {
                tally.problem(Problem.STALE_WRITE, pod.name() + " took a write of " + tenant + " under epoch " + epoch);
            } else {
                tally.count("writes under an epoch of the past, refused");
            }
        } catch (IOException away) {
            tally.count("writes under an epoch of the past, to a pod that was away");
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Counts, when all is quiet, who has which tenant in memory under its newest epoch. */
    void countHosts() {
        Map<String, Long> newest = new HashMap<>();
        Map<String, String> hosts = new HashMap<>();
        for (Member pod : fleet.pods()) {
            for (JsonNode tenant : hosted(pod)) {
                if (!tenant.path("state").stringValue("").equals("hot")) {
                    continue;
                }
                String id = tenant.path("tenant").stringValue("");
                long epoch = tenant.path("epoch").longValue(0);
                Long known = newest.get(id);
                if (known != null && known == epoch) {
                    tally.problem(
                            Problem.TWO_HOSTS,
                            id + " under epoch " + epoch + " in " + hosts.get(id) + " and " + pod.name());
                }
                if (known == null || epoch > known) {
                    newest.put(id, epoch);
                    hosts.put(id, pod.name());
                }
            }
        }
    }

    private JsonNode hosted(Member pod) {
        try {
            HttpResponse<byte[]> answer = fleet.http()
                    .send(
                            HttpRequest.newBuilder(URI.create(pod.url() + "/internal/tenants"))
                                    .timeout(PATIENCE)
                                    .build(),
                            BodyHandlers.ofByteArray());
            return JsonMapper.shared().readTree(answer.body()).path("tenants");
        } catch (IOException away) {
            throw new java.io.UncheckedIOException(away);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }
}
