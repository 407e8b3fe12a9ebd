package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.coldstart.ColdStartRig.Node;
import io.percolate.gateway.bench.coldstart.PatientClient.Outcome;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** All requests at once for one cold tenant, through every gateway; and the same while the waking gateway is killed. */
final class Herd {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long CLAIM_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final ColdStartRig rig;
    private final PatientClient client;

    Herd(ColdStartRig rig) {
        this.rig = rig;
        this.client = new PatientClient(rig);
    }

    /**
     * What came of it.
     *
     * @param loads orders to load the tenant that any pod got
     * @param epoch the tenant's in the end: one for each time that it was assigned
     */
    record Result(List<Outcome> answers, long loads, long epoch) {
        long unanswered() {
            return answers.stream().filter(answer -> !answer.isAnswered()).count();
        }

        Durations durations(String name) {
            return Durations.of(
                    name,
                    answers.stream()
                            .map(answer -> answer.nanos() / (double) TimeUnit.MILLISECONDS.toNanos(1))
                            .toList());
        }
    }

    Result run(int requests, boolean killTheWaker) {
        TenantId tenant = rig.newTenants(1, "C").getFirst();
        // Beside the requests: sending very many takes longer than the wake.
        CompletableFuture<Void> killed = killTheWaker
                ? CompletableFuture.runAsync(() -> rig.kill(waker(tenant)))
                : CompletableFuture.completedFuture(null);
        List<CompletableFuture<Outcome>> sent = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            sent.add(client.send(tenant, "POST", "/echo", "held " + i));
        }
        killed.join();
        List<Outcome> answers = sent.stream().map(CompletableFuture::join).toList();
        return new Result(
                answers,
                rig.logged("asked to load tenant " + tenant),
                Long.parseLong(rig.value("SELECT epoch FROM tenant_states WHERE tenant_id = '" + tenant + "'")));
    }

    /** The gateway that holds the claim on the tenant's wake. */
    private Node waker(TenantId tenant) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < CLAIM_NANOS_MAX) {
            String port = rig.value("SELECT g.ops_port FROM tenant_states s JOIN gateways g ON g.id = s.wake_owner"
                    + " WHERE s.epoch > 0 AND s.state <> 'hot' AND s.tenant_id = '" + tenant + "'");
            if (!port.isEmpty()) {
                return rig.gateways().stream()
                        .filter(gateway -> gateway.opsPort() == Integer.parseInt(port))
                        .findFirst()
                        .orElseThrow();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new IllegalStateException("no gateway has claimed tenant " + tenant);
    }
}
