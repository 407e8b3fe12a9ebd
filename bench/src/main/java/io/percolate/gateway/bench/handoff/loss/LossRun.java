package io.percolate.gateway.bench.handoff.loss;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.FleetPlan;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Disturbances;
import io.percolate.gateway.bench.handoff.load.FleetLoad;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One pod of each tier, or of one of them, killed at the same moment, under load, and not started again. Both tiers go on from snapshots; tenants of
 * tier A are woken by the management process, those of tier B by their requests.
 */
public final class LossRun {
    private static final Duration SETTLED_MAX = Duration.ofMinutes(4);
    private static final Duration OVER_MAX = Duration.ofSeconds(90);
    private static final long LOOK_NANOS = 50_000_000L;
    private static final long REHEARSAL_LOOK_NANOS = 500_000_000L;
    /** Longer than a client rests, and than it takes for its last access to be written. */
    private static final String IDLE = "25s";

    private final Fleet fleet;
    private final Plan plan;
    private final Consumer<String> said;

    /**
     * @param warm load alone, before the pods are killed
     * @param quiet load alone, after all tenants were answered
     * @param rest of each tenant's client between its requests
     * @param bereft tiers that lose a pod
     * @param rehearsed whether all tenants of these tiers go to S3 and come back before, as tenants do in a fleet that has
     *     run for long: processes that never did such a thing have its code to compile first
     */
    public record Plan(Duration warm, Duration quiet, Duration rest, Set<Tier> bereft, boolean rehearsed) {}

    public LossRun(Fleet fleet, Plan plan, Consumer<String> said) {
        this.fleet = fleet;
        this.plan = plan;
        this.said = said;
    }

    /**
     * Half of the tenants of each of the two tiers, with as many pods each.
     *
     * @param snapshots how often tenants in use are stored
     * @param rehearsed whether tenants that are not used for a while go to S3
     */
    public static FleetPlan fleet(
            int podsEach, int gateways, int tenants, Duration snapshots, boolean rehearsed, long seed) {
        Map<String, String> policy = Map.of(
                "GATEWAY_POD_LOSS_A", "restore_snapshot",
                "GATEWAY_POD_LOSS_B", "restore_snapshot");
        String interval = snapshots.toMillis() + "ms";
        Map<String, String> management = new HashMap<>(
                Map.of("MANAGEMENT_SNAPSHOT_INTERVAL_A", interval, "MANAGEMENT_SNAPSHOT_INTERVAL_B", interval));
        if (rehearsed) {
            management.put("GATEWAY_LIFECYCLE_ENABLED", "true");
            for (String residency : List.of("HOT", "WARM")) {
                for (Tier tier : List.of(Tier.A, Tier.B)) {
                    management.put("GATEWAY_LIFECYCLE_" + residency + "_IDLE_" + tier, IDLE);
                }
            }
        }
        return new FleetPlan(
                Map.of(Tier.A, podsEach, Tier.B, podsEach),
                gateways,
                0,
                1,
                Map.of(Tier.A, tenants - tenants / 2, Tier.B, tenants / 2),
                0,
                capacity(podsEach, tenants - tenants / 2),
                new FleetPlan.Settings(policy, Map.of(), management),
                Set.of(),
                seed);
    }

    /** With one pod less a quarter of the places is still free. */
    private static int capacity(int pods, int tenants) {
        return Math.ceilDiv(tenants * 5, Math.max(1, pods - 1) * 4);
    }

    public LossResult run() throws InterruptedException {
        FleetLoad.awaitAnswered(fleet, Disturbances.NONE);
        AtomicBoolean over = new AtomicBoolean();
        List<LossTenant> tenants = IntStream.range(0, fleet.tenants().size())
                .mapToObj(i -> new LossTenant(fleet, i, plan.rest(), over::get))
                .toList();
        List<Thread> threads = tenants.stream().map(LossTenant::start).toList();
        PodLoss loss = new PodLoss(fleet);
        try {
            awaitSettled(tenants, loss);
            if (plan.rehearsed()) {
                rehearse(tenants, loss);
            }
            LockSupport.parkNanos(plan.warm().toNanos());
            return lose(tenants, loss);
        } finally {
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    /** Every tenant is hot, used, and has a snapshot. */
    private void awaitSettled(List<LossTenant> tenants, PodLoss loss) {
        long until = System.nanoTime() + SETTLED_MAX.toNanos();
        while (loss.snapshotsNanos().size() < tenants.size()
                || !tenants.stream().allMatch(LossTenant::isInUse)) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("of " + tenants.size() + " tenants "
                        + loss.snapshotsNanos().size() + " have a snapshot, and "
                        + tenants.stream().filter(LossTenant::isInUse).count() + " were answered");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private void rehearse(List<LossTenant> tenants, PodLoss loss) {
        List<LossTenant> resting = plan.bereft().stream()
                .flatMap(tier -> of(tier, tenants).stream())
                .toList();
        resting.forEach(tenant -> tenant.pause(true));
        await("tenants of these tiers are not in S3", () -> loss.outsideOfS3(plan.bereft()) == 0);
        said.accept("%d tenants are in S3".formatted(resting.size()));
        resting.forEach(tenant -> tenant.pause(false));
        await("tenants have not come back", () -> loss.hosts().size() == tenants.size());
        said.accept("and back");
        awaitSettled(tenants, loss);
    }

    private static void await(String otherwise, BooleanSupplier reached) {
        long until = System.nanoTime() + SETTLED_MAX.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException(otherwise);
            }
            LockSupport.parkNanos(REHEARSAL_LOOK_NANOS);
        }
    }

    private LossResult lose(List<LossTenant> tenants, PodLoss loss) throws InterruptedException {
        List<Member> victims = Stream.of(Tier.A, Tier.B)
                .filter(plan.bereft()::contains)
                .map(tier -> loss.podsOf(tier).getFirst())
                .toList();
        Set<String> names = Set.copyOf(victims.stream().map(Member::name).toList());
        Map<TenantId, String> before = loss.hosts();
        Map<TenantId, Long> snapshots = loss.snapshotsNanos();
        List<LossTenant> concerned = tenants.stream()
                .filter(tenant -> names.contains(
                        Objects.requireNonNullElse(before.get(fleet.tenants().get(tenant.index())), "")))
                .toList();
        long killed = System.nanoTime();
        victims.forEach(fleet::kill);
        concerned.forEach(LossTenant::hurry);
        said.accept("killed " + names + ", with " + concerned.size() + " of " + tenants.size() + " tenants");
        long until = killed + OVER_MAX.toNanos();
        long[] suspected = new long[1];
        Thread watch = Thread.ofPlatform().start(() -> suspected[0] = loss.awaitSuspected(until));
        long declared = loss.awaitDeclared(victims, until);
        watch.join();
        said.accept("declared lost");
        while (System.nanoTime() < until
                && concerned.stream().anyMatch(tenant -> tenant.answeredNanos() == Long.MAX_VALUE)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        LockSupport.parkNanos(plan.quiet().toNanos());
        Map<TenantId, String> after = loss.hosts();
        List<LossResult.OfTier> tiers = new ArrayList<>();
        for (Tier tier : plan.bereft().stream().sorted().toList()) {
            List<Member> left = loss.podsOf(tier).stream()
                    .filter(pod -> !names.contains(pod.name()))
                    .toList();
            tiers.add(new LossResult.OfTier(
                    tier,
                    loss.podsOf(tier).size(),
                    of(tier, tenants),
                    of(tier, concerned),
                    moved(tier, tenants, before, after),
                    PodLoss.unevenness(PodLoss.counts(before, loss.podsOf(tier))),
                    PodLoss.unevenness(PodLoss.counts(after, left))));
        }
        return new LossResult(
                new LossResult.Times(killed, suspected[0], declared), fleet.tenants(), tiers, tenants, snapshots);
    }

    private List<LossTenant> of(Tier tier, List<LossTenant> tenants) {
        return tenants.stream()
                .filter(tenant -> fleet.tierOf(tenant.index()) == tier)
                .toList();
    }

    private long moved(Tier tier, List<LossTenant> tenants, Map<TenantId, String> before, Map<TenantId, String> after) {
        return of(tier, tenants).stream()
                .map(tenant -> fleet.tenants().get(tenant.index()))
                .filter(tenant -> !Objects.equals(before.get(tenant), after.get(tenant)))
                .count();
    }
}
