package io.percolate.gateway.routing.token;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Time that a test moves, for any number of threads. A {@link VirtualTimeScheduler} alone looks at the head of its queue
 * and then takes the head, without a lock: what another thread puts first between the two is lost. So here whoever
 * schedules, gives up or moves the time does it alone.
 */
final class VirtualTime implements Scheduler {
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

    void advanceTimeBy(Duration by) {
        alone(() -> time.advanceTimeBy(by));
    }

    @Override
    public long now(TimeUnit unit) {
        return time.now(unit);
    }

    @Override
    public synchronized Disposable schedule(Runnable task) {
        return ended(time.schedule(task));
    }

    @Override
    public synchronized Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return ended(time.schedule(task, delay, unit));
    }

    @Override
    public synchronized Disposable schedulePeriodically(Runnable task, long first, long period, TimeUnit unit) {
        return ended(time.schedulePeriodically(task, first, period, unit));
    }

    @Override
    public synchronized Worker createWorker() {
        return new LockedWorker(time.createWorker());
    }

    @Override
    public void dispose() {
        alone(time::dispose);
    }

    private synchronized void alone(Runnable action) {
        action.run();
    }

    private Disposable ended(Disposable task) {
        return () -> alone(task::dispose);
    }

    private final class LockedWorker implements Worker {
        private final Worker worker;

        LockedWorker(Worker worker) {
            this.worker = worker;
        }

        @Override
        public Disposable schedule(Runnable task) {
            synchronized (VirtualTime.this) {
                return ended(worker.schedule(task));
            }
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            synchronized (VirtualTime.this) {
                return ended(worker.schedule(task, delay, unit));
            }
        }

        @Override
        public Disposable schedulePeriodically(Runnable task, long first, long period, TimeUnit unit) {
            synchronized (VirtualTime.this) {
                return ended(worker.schedulePeriodically(task, first, period, unit));
            }
        }

        @Override
        public void dispose() {
            alone(worker::dispose);
        }

        @Override
        public boolean isDisposed() {
            return worker.isDisposed();
        }
    }
}
