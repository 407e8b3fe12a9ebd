package io.percolate.gateway.admin.rebalance;

import io.percolate.gateway.admin.rebalance.PodLoad.Group;
import io.percolate.gateway.admin.rebalance.PodLoad.HotTenant;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which tenants to move so that no pod carries much more than the mean of its group.
 *
 * <p>A tenant's load is a third its place, a third its share of the group's memory and a third whether it is used, each in
 * units of the mean tenant; what is not known of any tenant of the group is left out. A pod's load is the sum, in relation to
 * its capacity. Two ratios of the fullest pod to the mean have to hold: of loads, and of counts.
 *
 * <p>Greedy: as long as a ratio is too high, one tenant goes from the fullest pod to the emptiest with room; the one whose load
 * is nearest to half of the difference, which levels the pair best and so takes few moves, and among equals the idle one with
 * the least data. A move that does not make the fuller of the two emptier is never made, so it ends; whole tenants may leave
 * more than the ratio where they are few.
 */
record RebalancePlan(List<Move> moves, List<GroupChange> groups) {
    RebalancePlan {
        moves = List.copyOf(moves);
        groups = List.copyOf(groups);
    }

    /**
     * One move.
     *
     * @param costMb data to be carried over
     */
    record Move(TenantId tenant, PodId from, PodId to, String reason, int costMb) {}

    /** How a group stands before and after: the fullest pod in relation to the mean, by load and by count. */
    record GroupChange(Group group, List<PodChange> pods, Ratios before, Ratios after) {}

    record PodChange(PodId pod, int capacity, int tenantsBefore, int tenantsAfter) {}

    record Ratios(double load, double count) {
        double worse() {
            return Math.max(load, count);
        }
    }

    /**
     * @param ratioMax of the fullest pod to the mean of its group
     * @param movesMax in all
     */
    static RebalancePlan of(List<PodLoad> pods, double ratioMax, int movesMax) {
        Map<Group, List<PodLoad>> groups = new LinkedHashMap<>();
        pods.stream()
                .sorted(Comparator.comparing(pod -> pod.id().value()))
                .forEach(pod -> groups.computeIfAbsent(pod.group(), group -> new ArrayList<>())
                        .add(pod));
        List<Move> moves = new ArrayList<>();
        List<GroupChange> changes = new ArrayList<>();
        groups.forEach((group, members) -> {
            Levelling levelling = new Levelling(members);
            Ratios before = levelling.ratios();
            while (moves.size() < movesMax && levelling.ratios().worse() > ratioMax) {
                Optional<Move> move = levelling.next(ratioMax);
                if (move.isEmpty()) {
                    break;
                }
                moves.add(move.get());
            }
            changes.add(new GroupChange(group, levelling.pods(), before, levelling.ratios()));
        });
        return new RebalancePlan(moves, changes);
    }

    /** One group while it is levelled. */
    private static final class Levelling {
        private static final double LEAST_GAIN = 1e-9;

        private final List<Carrying> pods;
        /** Nobody is moved twice. */
        private final Set<TenantId> moved = new HashSet<>();

        private final double meanMemory;
        private final double meanActive;
        private final double meanCapacity;

        Levelling(List<PodLoad> members) {
            List<HotTenant> tenants =
                    members.stream().flatMap(pod -> pod.tenants().stream()).toList();
            meanMemory =
                    tenants.stream().mapToInt(HotTenant::memoryMb).average().orElse(0);
            meanActive = tenants.stream()
                    .mapToInt(tenant -> tenant.active() ? 1 : 0)
                    .average()
                    .orElse(0);
            meanCapacity =
                    members.stream().mapToInt(PodLoad::capacity).average().orElse(1);
            pods = members.stream().map(Carrying::new).toList();
        }

        /** A pod with who would be there. */
        private final class Carrying {
            final PodLoad pod;
            final List<HotTenant> tenants;
            int taken;

            Carrying(PodLoad pod) {
                this.pod = pod;
                this.tenants = new ArrayList<>(pod.tenants());
                this.taken = pod.taken();
            }

            double load() {
                return tenants.stream().mapToDouble(Levelling.this::load).sum() * scale();
            }

            double count() {
                return tenants.size() * scale();
            }

            /** A pod of twice the capacity may carry twice as much. */
            double scale() {
                return meanCapacity / pod.capacity();
            }
        }

        /** One for the mean tenant. */
        double load(HotTenant tenant) {
            double sum = 1;
            int parts = 1;
            if (meanMemory > 0) {
                sum += tenant.memoryMb() / meanMemory;
                parts++;
            }
            if (meanActive > 0) {
                sum += (tenant.active() ? 1 : 0) / meanActive;
                parts++;
            }
            return sum / parts;
        }

        Ratios ratios() {
            return new Ratios(
                    ratio(pods.stream().mapToDouble(Carrying::load).toArray()),
                    ratio(pods.stream().mapToDouble(Carrying::count).toArray()));
        }

        private static double ratio(double[] values) {
            double sum = 0;
            double max = 0;
            for (double value : values) {
                sum += value;
                max = Math.max(max, value);
            }
            return sum == 0 ? 1 : max * values.length / sum;
        }

        List<PodChange> pods() {
            return pods.stream()
                    .map(carrying -> new PodChange(
                            carrying.pod.id(),
                            carrying.pod.capacity(),
                            carrying.pod.tenants().size(),
                            carrying.tenants.size()))
                    .toList();
        }

        /** Makes the best move; empty where none helps. */
        Optional<Move> next(double ratioMax) {
            Ratios now = ratios();
            boolean byLoad = now.load() > ratioMax && now.load() >= now.count();
            Optional<Move> move = byLoad ? move(true) : move(false);
            return move.isPresent() ? move : now.load() > ratioMax && now.count() > ratioMax ? move(!byLoad) : move;
        }

        private Optional<Move> move(boolean byLoad) {
            List<Carrying> fullestFirst = pods.stream()
                    .sorted(Comparator.comparingDouble((Carrying pod) -> measure(pod, byLoad))
                            .reversed())
                    .toList();
            Carrying from = fullestFirst.getFirst();
            for (Carrying to : fullestFirst.reversed()) {
                if (to == from || to.taken >= to.pod.capacity()) {
                    continue;
                }
                double difference = measure(from, byLoad) - measure(to, byLoad);
                Optional<HotTenant> best = from.tenants.stream()
                        .filter(tenant -> tenant.movable() && !moved.contains(tenant.id()))
                        .filter(tenant -> weight(tenant, byLoad) * to.scale() < difference - LEAST_GAIN)
                        .min(Comparator.comparingDouble((HotTenant tenant) ->
                                        Math.abs(weight(tenant, byLoad) * (from.scale() + to.scale()) - difference))
                                .thenComparing(HotTenant::active)
                                .thenComparingInt(HotTenant::dataMb)
                                .thenComparing(tenant -> tenant.id().value()));
                if (best.isPresent()) {
                    return Optional.of(carry(best.get(), from, to, byLoad));
                }
            }
            return Optional.empty();
        }

        private Move carry(HotTenant tenant, Carrying from, Carrying to, boolean byLoad) {
            String reason = String.format(
                    Locale.ROOT,
                    "pod %s carries %.2f times the mean by %s",
                    from.pod.id(),
                    byLoad ? ratios().load() : ratios().count(),
                    byLoad ? "load" : "count");
            moved.add(tenant.id());
            from.tenants.remove(tenant);
            from.taken--;
            to.tenants.add(tenant);
            to.taken++;
            return new Move(tenant.id(), from.pod.id(), to.pod.id(), reason, tenant.dataMb());
        }

        private static double measure(Carrying pod, boolean byLoad) {
            return byLoad ? pod.load() : pod.count();
        }

        private double weight(HotTenant tenant, boolean byLoad) {
            return byLoad ? load(tenant) : 1;
        }
    }
}
