package io.percolate.gateway.bench.handoff.loss;

import io.percolate.gateway.bench.results.BoundsTable;
import io.percolate.gateway.bench.results.Percentiles;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the loss of pods has shown, against the bounds that are meant. */
public final class LossResult {
    private static final double ALL_BACK_SECONDS_MAX = 10;
    private static final double TIER_A_BACK_SECONDS_MAX = 3;
    private static final double MOVED_MAX = 1.2;
    private static final double UNEVEN_MAX = 1.25;

    private final Times times;
    private final List<TenantId> ids;
    private final List<OfTier> tiers;
    private final List<LossTenant> tenants;
    private final Map<TenantId, Long> snapshotsNanos;

    /** Moments, in nanoseconds of this process's clock. */
    record Times(long killed, long suspected, long declared) {}

    /**
     * One tier, one of whose pods was killed.
     *
     * @param concerned tenants that were in that pod
     * @param moved tenants that are in another pod than before, or in none
     * @param unevenAfter the most hot tenants of a pod that is left, over the mean of these
     */
    record OfTier(
            Tier tier,
            int pods,
            List<LossTenant> all,
            List<LossTenant> concerned,
            long moved,
            double unevenBefore,
            double unevenAfter) {
        double movedShare() {
            return (double) moved / all.size();
        }
    }

    /** @param snapshotsNanos of each tenant, the last before the kill */
    LossResult(
            Times times,
            List<TenantId> ids,
            List<OfTier> tiers,
            List<LossTenant> tenants,
            Map<TenantId, Long> snapshotsNanos) {
        this.times = times;
        this.ids = ids;
        this.tiers = tiers;
        this.tenants = tenants;
        this.snapshotsNanos = snapshotsNanos;
    }

    private BoundsTable bounds() {
        BoundsTable bounds = new BoundsTable();
        for (OfTier of : tiers) {
            Percentiles sinceKill = answered(of.concerned(), times.killed());
            bounds.atMost(
                    "tier " + of.tier() + ": all tenants of the killed pod answer again after the kill",
                    ALL_BACK_SECONDS_MAX,
                    sinceKill.at(100),
                    " s");
            if (of.tier() == Tier.A) {
                bounds.atMost(
                        "tier A: the same, after the pod was declared lost",
                        TIER_A_BACK_SECONDS_MAX,
                        answered(of.concerned(), times.declared()).at(100),
                        " s");
            }
            bounds.atMost(
                    "tier " + of.tier() + ": tenants moved, times " + of.pods() + " pods",
                    MOVED_MAX,
                    of.movedShare() * of.pods(),
                    "");
            bounds.atMost(
                    "tier " + of.tier() + ": hot tenants of the fullest pod left, over the mean",
                    UNEVEN_MAX,
                    of.unevenAfter(),
                    "");
        }
        bounds.none(
                "lost writes that were acknowledged before their tenant's last snapshot was begun", lostBeyondPolicy());
        bounds.none(
                "reads of what was never written",
                tenants.stream().filter(tenant -> !tenant.wrong().isEmpty()).count());
        return bounds;
    }

    public boolean isWithinBounds() {
        return bounds().isWithin();
    }

    private long lostBeyondPolicy() {
        return tenants.stream()
                .filter(tenant -> tenant.lost() > 0
                        && tenant.oldestLostNanos()
                                < snapshotsNanos.getOrDefault(ids.get(tenant.index()), Long.MAX_VALUE))
                .count();
    }

    /** Seconds; endless where a tenant was not answered. */
    private static Percentiles answered(List<LossTenant> tenants, long sinceNanos) {
        return Percentiles.of(tenants.stream()
                .map(tenant -> tenant.answeredNanos() == Long.MAX_VALUE
                        ? Double.POSITIVE_INFINITY
                        : (tenant.answeredNanos() - sinceNanos) / 1e9)
                .toList());
    }

    public String markdown() {
        StringBuilder text = new StringBuilder(bounds().markdown());
        text.append(String.format(
                Locale.ROOT,
                "%nAfter the kill a pod was suspected within %.1f s, and all were declared lost after %.1f s.%n%n",
                seconds(times.suspected()),
                seconds(times.declared())));
        text.append(Percentiles.heading("first answer after the kill, s", "tenants of the killed pod"));
        tiers.forEach(of -> text.append(answered(of.concerned(), times.killed()).row("tier " + of.tier())));
        text.append(
                "\n| tier | tenants | pods | moved | fullest pod over the mean before | after | tenants that lost writes |"
                        + " writes lost | oldest of these before the kill, s | refused requests |\n"
                        + "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (OfTier of : tiers) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d (%.1f %%) | %.2f | %.2f | %d | %d | %.1f | %d |%n",
                    of.tier(),
                    of.all().size(),
                    of.pods(),
                    of.moved(),
                    of.movedShare() * 100,
                    of.unevenBefore(),
                    of.unevenAfter(),
                    of.all().stream().filter(tenant -> tenant.lost() > 0).count(),
                    of.all().stream().mapToLong(LossTenant::lost).sum(),
                    of.all().stream()
                            .filter(tenant -> tenant.lost() > 0)
                            .mapToDouble(tenant -> -seconds(tenant.oldestLostNanos()))
                            .max()
                            .orElse(0),
                    of.all().stream().mapToLong(LossTenant::refused).sum()));
        }
        return text.toString();
    }

    private double seconds(long atNanos) {
        return (atNanos - times.killed()) / 1e9;
    }
}
