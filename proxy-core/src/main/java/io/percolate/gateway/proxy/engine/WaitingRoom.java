package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import io.percolate.gateway.proxy.overload.FairQueue;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.path.Admission;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Where requests of one event loop wait for others to end, once the process has as many under way as it may. On that loop
 * only.
 *
 * <p>Tier A goes first, then B, then C, each up to its part of what may be under way; within a tier tenants have their turns
 * one after the other. Who comes while all places are taken displaces somebody of a lower tier, else of a tenant with more
 * waiting, else goes.
 */
final class WaitingRoom {
    private static final Tier[] TIERS = Tier.values();

    private final EventLoop loop;
    private final Load load;
    private final int requestsMax;
    private final int waitingMax;
    private final QueueMemory memory;
    private final Map<Tier, FairQueue<Waiter>> queues = new EnumMap<>(Tier.class);
    /** While requests wait: other event loops may have made room, of which nobody tells. */
    private final LoopTimer.Deadline look;

    private int size;
    private boolean due;

    /** @param loops that share the places to wait */
    WaitingRoom(LoopTimer timer, EventLoop loop, Load load, EdgeConfig config, int loops) {
        this.loop = loop;
        this.load = load;
        this.requestsMax = config.requestsMax();
        this.waitingMax = Math.ceilDiv(config.overload().queueMax(), loops);
        this.memory = load.queueMemory();
        for (Tier tier : TIERS) {
            queues.put(tier, new FairQueue<>());
        }
        this.look = new LoopTimer.Deadline(timer) {
            @Override
            void expired(long nowNanos) {
                dispatch();
            }
        };
    }

    private record Waiter(TenantRoute route, int bytes, MonoSink<Boolean> sink) {}

    /** Whether a request of this tier, which counts already, may go on, and nobody is before it. */
    boolean isFree(Tier tier) {
        return load.running() <= Admission.requestsMax(requestsMax, tier) && (size == 0 || !isAnyBefore(tier));
    }

    private boolean isAnyBefore(Tier tier) {
        for (Tier before : TIERS) {
            if (before.compareTo(tier) <= 0 && !queue(before).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** A turn of a request that counts already; errors with {@code OVERLOADED} when there is no place to wait. */
    Mono<Boolean> turn(TenantRoute route, long contentLength) {
        return Mono.create(sink -> enter(new Waiter(route, QueueMemory.bytes(contentLength), sink), contentLength));
    }

    private void enter(Waiter waiter, long contentLength) {
        while (size >= waitingMax || !memory.tryTake(waiter.bytes())) {
            Waiter displaced = displacedBy(waiter.route());
            if (displaced == null) {
                load.waits().refused(waiter.route().tier()).increment();
                waiter.sink().error(full());
                return;
            }
            left(displaced);
            load.waits().refused(displaced.route().tier()).increment();
            displaced.sink().error(full());
        }
        queue(waiter.route().tier()).add(waiter.route().tenant(), FairQueue.cost(contentLength), waiter);
        size++;
        load.waits().began();
        waiter.sink().onCancel(() -> {
            if (queue(waiter.route().tier()).remove(waiter.route().tenant(), waiter)) {
                load.waits().refused(waiter.route().tier()).increment();
                left(waiter);
            }
        });
        look.set(System.nanoTime());
    }

    private @Nullable Waiter displacedBy(TenantRoute newcomer) {
        for (int i = TIERS.length - 1; i >= 0; i--) {
            int higher = TIERS[i].compareTo(newcomer.tier());
            if (higher < 0) {
                return null;
            }
            FairQueue<Waiter> queue = queue(TIERS[i]);
            Waiter displaced =
                    higher > 0 ? queue.takeNewestOfBusiest() : queue.takeNewestOfBusierThan(newcomer.tenant());
            if (displaced != null) {
                return displaced;
            }
        }
        return null;
    }

    /** A request is over: another one may have its turn. */
    void madeRoom() {
        if (size > 0 && !due) {
            due = true;
            // Later, for this may be in the midst of the one that makes room.
            loop.execute(this::dispatch);
        }
    }

    private void dispatch() {
        due = false;
        for (Tier tier : TIERS) {
            FairQueue<Waiter> queue = queue(tier);
            while (load.running() < Admission.requestsMax(requestsMax, tier)) {
                Waiter next = queue.poll();
                if (next == null) {
                    break;
                }
                left(next);
                next.sink().success(Boolean.TRUE);
            }
        }
        if (size > 0) {
            look.set(System.nanoTime());
        }
    }

    private void left(Waiter waiter) {
        size--;
        memory.giveBack(waiter.bytes());
        load.waits().ended();
        if (size == 0) {
            look.cancel();
        }
    }

    private FairQueue<Waiter> queue(Tier tier) {
        return Objects.requireNonNull(queues.get(tier));
    }

    private static RuntimeException full() {
        return Failure.of(FailureKind.OVERLOADED, "the gateway has as many requests as it may, and as many wait")
                .toException();
    }
}
