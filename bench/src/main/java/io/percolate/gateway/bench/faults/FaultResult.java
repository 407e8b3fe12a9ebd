package io.percolate.gateway.bench.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came of one fault.
 *
 * @param quiet requests of tenants in other pods before it
 * @param others the same while it lasted and afterwards
 * @param affected requests of the tenants of the pod while it lasted
 * @param ejectMillis until the pod was left alone; negative when it was not
 * @param recoverMillis from the end of the trouble until the last request that failed
 * @param retries that pods were sent, beside the requests
 * @param left what the gateway has not given back, in words
 */
record FaultResult(
        FaultCase fault,
        Window quiet,
        Window others,
        Window affected,
        double ejectMillis,
        double recoverMillis,
        double retries,
        String left) {
    static final double RATIO_MAX = 1.2;

    double ratio() {
        return others.millisAt(0.99) / quiet.millisAt(0.99);
    }

    double amplification() {
        int requests = others.count() + affected.count();
        return requests == 0 ? 1 : 1 + retries / requests;
    }

    /** The bounds that do not hold, in words. */
    List<String> broken(boolean timed) {
        List<String> broken = new ArrayList<>();
        if (others.failed() > 0) {
            broken.add("others failed: " + others.statuses());
        }
        if (fault.isOfDependency() && affected.failed() > 0) {
            broken.add("the pod's own failed: " + affected.statuses());
        }
        if (timed && ratio() > RATIO_MAX) {
            broken.add(String.format(Locale.ROOT, "p99 of others %.2f of quiet", ratio()));
        }
        if (fault.ejectMillisMax() >= 0 && (ejectMillis < 0 || (timed && ejectMillis > fault.ejectMillisMax()))) {
            broken.add(ejectMillis < 0 ? "not ejected" : "ejected late");
        }
        if (timed && !fault.isOfDependency() && recoverMillis > fault.recoverMillisMax()) {
            broken.add("recovered late");
        }
        if (amplification() > RATIO_MAX) {
            broken.add(String.format(Locale.ROOT, "amplification %.2f", amplification()));
        }
        if (!left.isEmpty()) {
            broken.add("left: " + left);
        }
        return broken;
    }

    static String heading() {
        return "| fault | others: requests | failed | p99 quiet, ms | p99, ms | ratio | its own: requests | answered | ejected after, ms"
                + " | well again after, ms | amplification | bounds |\n"
                + "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    }

    String row(boolean timed) {
        List<String> broken = broken(timed);
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %.1f | %.1f | %.2f | %d | %s | %s | %.0f | %.3f | %s |%n",
                fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                others.count(),
                others.failed(),
                quiet.millisAt(0.99),
                others.millisAt(0.99),
                ratio(),
                affected.count(),
                affected.statuses(),
                ejectMillis < 0 ? "-" : String.format(Locale.ROOT, "%.0f", ejectMillis),
                recoverMillis,
                amplification(),
                broken.isEmpty() ? "hold" : String.join("; ", broken));
    }
}
