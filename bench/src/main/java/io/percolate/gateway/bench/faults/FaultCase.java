package io.percolate.gateway.bench.faults;

import io.percolate.gateway.fixtures.RedisServer;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** What goes wrong, and what may be noticed of it. */
enum FaultCase {
    KILLED(1_000, 3_500, FaultRig::killVictim, FaultRig::replaceVictim),
    PAUSED(2_500, 3_500, FaultRig::pauseVictim, FaultRig::resumeVictim),
    SILENT(2_500, 3_500, rig -> rig.fault(PodFault.SILENT), FaultCase::end),
    RESETTING(1_000, 3_500, rig -> rig.fault(PodFault.RESET), FaultCase::end),
    ERRORS(FaultCase.NOT_BOUND, 3_500, rig -> rig.fault(PodFault.ERRORS), FaultCase::end),
    SLOW(FaultCase.NOT_BOUND, 500, rig -> rig.fault(PodFault.SLOW), FaultCase::end),
    REFUSING(1_000, 3_500, rig -> rig.fault(PodFault.REFUSING), FaultCase::end),
    FLAPPING(1_000, 3_500, FaultCase::flap, FaultCase::end),
    REDIS_PAUSED(rig -> rig.redis().pause(), rig -> rig.redis().resume()),
    REDIS_KILLED(rig -> rig.redis().stop(), rig -> restart(rig.redis())),
    POSTGRES_PAUSED(FaultRig::pausePostgres, FaultRig::resumePostgres),
    POSTGRES_KILLED(rig -> rig.postgres().stop(), rig -> rig.postgres().restart());

    private static final int NOT_BOUND = -1;
    private static final long FLAP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final int FLAPS = 4;
    private static final Set<FaultCase> DEPENDENCIES =
            Set.of(REDIS_PAUSED, REDIS_KILLED, POSTGRES_PAUSED, POSTGRES_KILLED);

    private final int ejectMillisMax;
    private final int recoverMillisMax;
    private final Consumer<FaultRig> begin;
    private final Consumer<FaultRig> end;

    FaultCase(int ejectMillisMax, int recoverMillisMax, Consumer<FaultRig> begin, Consumer<FaultRig> end) {
        this.ejectMillisMax = ejectMillisMax;
        this.recoverMillisMax = recoverMillisMax;
        this.begin = begin;
        this.end = end;
    }

    FaultCase(Consumer<FaultRig> begin, Consumer<FaultRig> end) {
        this(NOT_BOUND, 0, begin, end);
    }

    private static void end(FaultRig rig) {
        rig.fault(PodFault.NONE);
    }

    private static void restart(RedisServer redis) {
        redis.restart();
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

    /** Whether no pod is in trouble, so that no tenant may notice anything. */
    boolean isOfDependency() {
        return DEPENDENCIES.contains(this);
    }

    void begin(FaultRig rig) {
        begin.accept(rig);
    }

    void repair(FaultRig rig) {
        end.accept(rig);
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
