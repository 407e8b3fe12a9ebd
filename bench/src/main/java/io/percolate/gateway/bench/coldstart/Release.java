package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.coldstart.ColdStartRig.Node;
import io.percolate.gateway.bench.coldstart.PatientClient.Outcome;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Cold tenants at an even pace, each asked for through every gateway at once: how long after the tenant is in memory do the
 * requests that were held for it reach its pod? Both moments are told by the pod, by one clock.
 */
final class Release {
    private static final double MICROS_PER_MILLI = 1_000;

    private final ColdStartRig rig;
    private final PatientClient client;

    Release(ColdStartRig rig) {
        this.rig = rig;
        this.client = new PatientClient(rig);
    }

    /**
     * What came of it.
     *
     * @param notHeld requests that found their tenant hot, or were sent again, and are not timed
     */
    record Result(long unanswered, long notHeld, Durations released) {}

    Result run(int tenants, int perSecond, String name) {
        List<TenantId> cold = rig.newTenants(tenants, "C");
        long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long begin = System.nanoTime();
        List<CompletableFuture<Outcome>> sent = new ArrayList<>();
        for (int i = 0; i < tenants; i++) {
            long due = begin + i * interval;
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            for (URI gateway : rig.gateways().stream().map(Node::url).toList()) {
                sent.add(client.sendThrough(gateway, cold.get(i), "GET", "/whoami", ""));
            }
        }
        List<Outcome> answers = sent.stream().map(CompletableFuture::join).toList();
        List<Double> millis = answers.stream()
                .map(Release::releasedMicros)
                .flatMapToLong(OptionalLong::stream)
                .mapToObj(micros -> micros / MICROS_PER_MILLI)
                .toList();
        long unanswered =
                answers.stream().filter(answer -> !answer.isAnswered()).count();
        return new Result(unanswered, answers.size() - unanswered - millis.size(), Durations.of(name, millis));
    }

    /** Of a request that was held, all the while by one gateway. */
    private static OptionalLong releasedMicros(Outcome answer) {
        boolean held = answer.retries() == 0 && !answer.serverTiming().isEmpty();
        return answer.isAnswered() && held && answer.hotMicros() >= 0
                ? OptionalLong.of(answer.hotMicros())
                : OptionalLong.empty();
    }
}
