package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.warmup.pod.OnPodLoss;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.PodRow;
import org.jspecify.annotations.Nullable;

/**
 * Decides from a tenant's row and its pods' word what a wake has to do; so it also decides how a wake goes on that
 * another process began and did not finish.
 *
 * <p>The newest data lies with the <em>holder</em>: {@code source} if the row names one, else {@code pod} if the tenant
 * is hot, warm or moving, else at {@code dataLocation}. A holder's copy is purged only after another pod was published.
 *
 * <table>
 * <caption>What the row says after a crash, and what is done</caption>
 * <tr><th>row</th><th>the crash came</th><th>asked</th><th>then</th></tr>
 * <tr><td>cold, no pod</td><td>after the claim</td><td>nobody</td><td>place, from the snapshot</td></tr>
 * <tr><td>cold, pod Q</td><td>after the assignment to Q; Q may have loaded it, but nothing was forwarded there</td>
 *     <td>nobody</td><td>place, from the snapshot, Q first: it adopts the new epoch</td></tr>
 * <tr><td>warm, pod P</td><td>after the claim, or during a load from P's own disk</td><td>P</td>
 *     <td>P hot under this epoch: publish; else place from P's disk, P first if it may host</td></tr>
 * <tr><td>warm or moving, pod Q, source P</td><td>after the assignment to Q</td><td>Q and P</td>
 *     <td>Q hot under this epoch: publish; P hot (it was taken for dead): hand off from P; else place from P's disk</td>
 *     </tr>
 * <tr><td>hot, pod P</td><td>after the claim</td><td>P</td>
 *     <td>P hot: confirm, or hand off if misplaced; else as warm</td></tr>
 * <tr><td>moving, pod P</td><td>before, during or after the eviction from P, or in a load from P's own disk</td>
 *     <td>P</td><td>P hot: confirm, or hand off if misplaced; else as warm</td></tr>
 * <tr><td>hot, pod Q</td><td>after the publication, before P's copy was purged</td><td>nobody</td>
 *     <td>nothing: P's copy is of an older epoch</td></tr>
 * </table>
 *
 * <p>A holder that does not answer is waited for. Once it is taken for dead, the snapshot is used where the tier is configured
 * so, or where the pod is known to be gone for good; without a snapshot only in the latter case: a tenant is never made empty
 * because a pod is slow.
 */
public final class Survey {
    private final PodConfig config;

    public Survey(PodConfig config) {
        this.config = config;
    }

    /** The pod that the row assigns the tenant to, if its word matters. */
    public static @Nullable PodRow assignedToAsk(TenantRow row) {
        return switch (row.residency()) {
            case HOT, WARM, MOVING -> row.pod();
            case COLD, ARCHIVED -> row.source() == null ? null : row.pod();
        };
    }

    /**
     * @param assigned the word of {@link #assignedToAsk}; null when nobody was asked
     * @param source the word of the row's source; null when it has none
     */
    public Plan plan(TenantRow row, PodAnswer.@Nullable ToProbe assigned, PodAnswer.@Nullable ToProbe source) {
        PodRow pod = row.pod();
        PodRow holder = row.source();
        if (pod != null && isHotUnder(row.epoch(), assigned) && pod.tier() == row.tier()) {
            return new Plan.Confirm(pod);
        }
        if (holder != null && source != null) {
            return fromHolder(row, holder, source, false);
        }
        if (pod != null && assigned != null) {
            return fromHolder(row, pod, assigned, isHotUnder(row.epoch(), assigned));
        }
        return new Plan.Place(DataSource.at(row.dataLocation()), null, ofTier(row, pod));
    }

    private Plan fromHolder(TenantRow row, PodRow holder, PodAnswer.ToProbe word, boolean serves) {
        return switch (word) {
            case Hosted hosted -> fromHosted(row, holder, hosted, serves);
            case PodAnswer.Refused(int _, String detail) ->
                new Plan.GiveUp(
                        Failure.of(FailureKind.WAKE_POD_REFUSED, "the tenant's pod gave an answer that makes no sense")
                                .withOperatorDetail("pod " + holder.id() + ": " + detail),
                        false);
            case PodAnswer.Unreachable(String detail) -> withoutHolder(row, holder, detail);
        };
    }

    private Plan fromHosted(TenantRow row, PodRow holder, Hosted hosted, boolean serves) {
        boolean mayHost = holder.tier() == row.tier() && holder.takesTenants(config.heartbeatMax());
        PodId preferred = mayHost ? holder.id() : ofTier(row, row.pod());
        return switch (hosted.state()) {
            case HOT, LOADING ->
                mayHost
                        ? new Plan.Place(new DataSource.InMemory(holder, hosted.epoch()), holder.id(), holder.id())
                        : new Plan.HandOff(holder, hosted.epoch(), serves, null);
            case WARM, FAILED -> new Plan.Place(new DataSource.OnPod(holder, hosted.epoch()), holder.id(), preferred);
            case ABSENT -> new Plan.Place(DataSource.at(row.dataLocation()), null, preferred);
        };
    }

    private Plan withoutHolder(TenantRow row, PodRow holder, String detail) {
        String operatorDetail = "pod " + holder.id() + ", whose heartbeat is "
                + holder.heartbeatAge().toMillis() + " ms old: " + detail;
        if (!holder.isDead(config.deadAfter())) {
            return new Plan.GiveUp(
                    Failure.of(FailureKind.WAKE_FAILED, "the pod that has the tenant's newest data does not answer")
                            .withOperatorDetail(operatorDetail),
                    true);
        }
        boolean mayCome = holder.status() != PodRow.Status.GONE;
        if (mayCome && config.onLoss(row.tier()) == OnPodLoss.WAIT) {
            return new Plan.GiveUp(
                    Failure.of(FailureKind.WAKE_FAILED, "the pod that has the tenant's newest data is away")
                            .withOperatorDetail(operatorDetail + "; it is waited for, unless it is marked gone"),
                    true);
        }
        if (mayCome && row.dataLocation() == null) {
            return new Plan.GiveUp(
                    Failure.of(FailureKind.WAKE_FAILED, "the only pod that has the tenant's data is away")
                            .withOperatorDetail(
                                    operatorDetail + "; there is no snapshot, and the pod is not marked gone"),
                    true);
        }
        PodId waitedFor = holder.status() == PodRow.Status.GONE ? null : holder.id();
        PodId preferred = holder.equals(row.pod()) ? null : ofTier(row, row.pod());
        return new Plan.Place(DataSource.at(row.dataLocation()), waitedFor, preferred);
    }

    private static boolean isHotUnder(long epoch, PodAnswer.@Nullable ToProbe word) {
        return word instanceof Hosted hosted && hosted.state() == Hosted.State.HOT && hosted.epoch() == epoch;
    }

    private static @Nullable PodId ofTier(TenantRow row, @Nullable PodRow pod) {
        return pod != null && pod.tier() == row.tier() ? pod.id() : null;
    }
}
