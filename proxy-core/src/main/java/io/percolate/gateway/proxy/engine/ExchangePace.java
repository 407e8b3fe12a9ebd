package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.limit.Bandwidth;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import java.util.concurrent.TimeUnit;

/**
 * Keeps what flows between two ends to a tenant's bandwidth, by pausing its source on the event loop. Nothing that has
 * come is held back, so that nothing waits in memory for it. On the event loop only.
 */
final class ExchangePace {
    /** Long pauses are looked at again on the way, for the limit may have changed. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What flows, as it is told of its pauses. */
    interface Flow {
        /** Nothing more shall come from this source for now. */
        void pauseUpload();

        void resumeUpload();

        void pauseDownload();

        void resumeDownload();

        /** A pause goes on: nobody is to blame for nothing having moved. */
        default void pauseGoesOn() {}
    }

    private final TenantAllowance allowance;
    private final Flow flow;
    private final Lane upload;
    private final Lane download;

    ExchangePace(LoopTimer timer, TenantAllowance allowance, Flow flow) {
        this.allowance = allowance;
        this.flow = flow;
        this.upload = new Lane(timer, allowance.upload(), flow::pauseUpload, flow::resumeUpload);
        this.download = new Lane(timer, allowance.download(), flow::pauseDownload, flow::resumeDownload);
    }

    /** Bytes have come from the client. */
    void uploaded(int bytes) {
        upload.moved(bytes);
    }

    /** Bytes have come for the client. */
    void downloaded(int bytes) {
        download.moved(bytes);
    }

    boolean isUploadPaused() {
        return upload.paused;
    }

    boolean isDownloadPaused() {
        return download.paused;
    }

    /** Nothing flows any more. */
    void end() {
        upload.end();
        download.end();
    }

    private final class Lane extends LoopTimer.Deadline {
        private final Bandwidth bandwidth;
        private final Runnable pause;
        private final Runnable resume;
        private boolean paused;

        Lane(LoopTimer timer, Bandwidth bandwidth, Runnable pause, Runnable resume) {
            super(timer);
            this.bandwidth = bandwidth;
            this.pause = pause;
            this.resume = resume;
        }

        void moved(int bytes) {
            if (bytes == 0) {
                return;
            }
            long now = System.nanoTime();
            long rest = bandwidth.moved(bytes, now);
            if (rest > 0 && !paused) {
                paused = true;
                allowance.paused();
                pause.run();
                set(now + Math.min(rest, LOOK_NANOS));
            }
        }

        void end() {
            paused = false;
            cancel();
        }

        @Override
        void expired(long nowNanos) {
            long rest = bandwidth.pauseNanos(nowNanos);
            if (rest > 0) {
                flow.pauseGoesOn();
                set(nowNanos + Math.min(rest, LOOK_NANOS));
            } else {
                paused = false;
                flow.pauseGoesOn();
                resume.run();
            }
        }
    }
}
