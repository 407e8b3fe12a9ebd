package io.percolate.gateway.proxy.overload;

/**
 * How much of a resource is too much: the first stage begins at one use of it, the last one at another, and those between
 * them evenly. Off where the last is 0.
 *
 * @param first in the unit of the resource
 */
public record Thresholds(double first, double last) {
    public static final Thresholds OFF = new Thresholds(0, 0);

    private static final OverloadStage[] STAGES = OverloadStage.values();

    public Thresholds {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("not a range: " + first + " to " + last);
        }
    }

    public boolean isOff() {
        return last <= 0;
    }

    /**
     * The stage that a use of the resource asks for.
     *
     * @param slack the part by which it must be below what begins a stage for that to end
     */
    OverloadStage stage(double use, OverloadStage now, double slack) {
        if (isOff()) {
            return OverloadStage.CALM;
        }
        OverloadStage reached = OverloadStage.CALM;
        for (int i = 1; i < STAGES.length; i++) {
            double from = first + (last - first) * (i - 1) / (STAGES.length - 2);
            boolean held = STAGES[i].compareTo(now) <= 0;
            if (use >= (held ? from * (1 - slack) : from)) {
                reached = STAGES[i];
            }
        }
        return reached;
    }
}
