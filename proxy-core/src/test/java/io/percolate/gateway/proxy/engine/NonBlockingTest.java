package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;

/** The whole module's tests run under BlockHound, which must be awake for that to mean anything. */
class NonBlockingTest {
    private final EventLoopGroup loops = Transport.best().eventLoops(1);

    @AfterEach
    void stop() throws InterruptedException {
        assertThat(loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void aBlockingCallOnAnEventLoopIsAnError() {
        isRefused(() -> {
            TimeUnit.MILLISECONDS.sleep(1);
            return true;
        });
    }

    @Test
    void soIsWaitingForWhatOthersDo() {
        isRefused(() -> new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS));
        isRefused(() -> new CompletableFuture<>().get(1, TimeUnit.MILLISECONDS));
    }

    /** Reported by chance alone otherwise, from within caches and allocators. */
    @Test
    void aLockThatSomebodyHasForAMomentIsNone() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        CountDownLatch locked = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            lock.lock();
            locked.countDown();
            while (!lock.hasQueuedThreads()) {
                Thread.onSpinWait();
            }
            lock.unlock();
        });
        locked.await();

        assertThat(loops.submit(() -> lock.tryLock(10, TimeUnit.SECONDS)).get(20, TimeUnit.SECONDS))
                .isTrue();
        holder.join();
    }

    private void isRefused(Callable<?> call) {
        assertThatThrownBy(() -> loops.submit(call).get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(BlockingOperationError.class);
    }
}
