package io.percolate.gateway.bench.faults;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What goes wrong, and what may be noticed of it. */
enum FaultCase {
    KILLED(1_000, 3_500),
    PAUSED(2_500, 3_500),
    SILENT(2_500, 3_500),
    RESETTING(1_000, 3_500),
    ERRORS(FaultCase.NOT_BOUND, 3_500),
    SLOW(FaultCase.NOT_BOUND, 500),
    REFUSING(1_000, 3_500),
    FLAPPING(1_000, 3_500),
    REDIS_PAUSED,
    REDIS_KILLED,
    POSTGRES_PAUSED,
    POSTGRES_KILLED;

    private static final int NOT_BOUND = -1;
    private static final long FLAP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final int FLAPS = 4;

    private final int ejectMillisMax;
    private final int recoverMillisMax;

    FaultCase(int ejectMillisMax, int recoverMillisMax) {
        this.ejectMillisMax = ejectMillisMax;
        this.recoverMillisMax = recoverMillisMax;
    }

    FaultCase() {
        this(NOT_BOUND, 0);
    }

    /** Whether no pod is in trouble, so that no tenant may notice anything. */
    boolean isOfDependency() {
        return switch (this) {
            case REDIS_PAUSED, REDIS_KILLED, POSTGRES_PAUSED, POSTGRES_KILLED -> true;
            case KILLED, PAUSED, SILENT, RESETTING, ERRORS, SLOW, REFUSING, FLAPPING -> false;
        };
    }

    void begin(FaultRig rig) {
        switch (this) {
            case KILLED -> rig.killVictim();
            case PAUSED -> rig.pauseVictim();
            case SILENT -> rig.fault(PodFault.SILENT);
            case RESETTING -> rig.fault(PodFault.RESET);
            case ERRORS -> rig.fault(PodFault.ERRORS);
            case SLOW -> rig.fault(PodFault.SLOW);
            case REFUSING -> rig.fault(PodFault.REFUSING);
            case FLAPPING -> flap(rig);
            case REDIS_PAUSED -> rig.redis().pause();
            case REDIS_KILLED -> rig.redis().stop();
            case POSTGRES_PAUSED -> rig.pausePostgres();
            case POSTGRES_KILLED -> rig.postgres().stop();
        }
    }

    void repair(FaultRig rig) {
        switch (this) {
            case KILLED -> rig.replaceVictim();
            case PAUSED -> rig.resumeVictim();
            case SILENT, RESETTING, ERRORS, SLOW, REFUSING, FLAPPING -> rig.fault(PodFault.NONE);
            case REDIS_PAUSED -> rig.redis().resume();
            case REDIS_KILLED -> rig.redis().restart();
            case POSTGRES_PAUSED -> rig.resumePostgres();
            case POSTGRES_KILLED -> rig.postgres().restart();
        }
    }

    private static void flap(FaultRig rig) {
        for (int i = 0; i < FLAPS; i++) {
            rig.fault(PodFault.REFUSING);
            LockSupport.parkNanos(FLAP_NANOS);
            rig.fault(PodFault.NONE);
            LockSupport.parkNanos(FLAP_NANOS);
        }
        rig.fault(PodFault.REFUSING);
    }

    /** Milliseconds within which the pod is to be left alone; negative when it need not be. */
    int ejectMillisMax() {
        return ejectMillisMax;
    }

    /** Milliseconds within which all requests are to be answered again, from the end of the trouble on. */
    int recoverMillisMax() {
        return recoverMillisMax;
    }
}
