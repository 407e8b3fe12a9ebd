package io.percolate.gateway.proxy.overload;

import java.util.function.BooleanSupplier;

/** Whether requests had to wait since it was last asked, or the process runs out of something. By one thread. */
public final class Pressure implements BooleanSupplier {
    private final OverloadWatch overload;
    private final Waits waits;
    private long seen;

    public Pressure(OverloadWatch overload, Waits waits) {
        this.overload = overload;
        this.waits = waits;
    }

    @Override
    public boolean getAsBoolean() {
        long begun = waits.begunCount();
        boolean waited = begun != seen;
        seen = begun;
        return waited || overload.stage() != OverloadStage.CALM;
    }
}
