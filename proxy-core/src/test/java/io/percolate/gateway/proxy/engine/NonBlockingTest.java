package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;

/** The whole module's tests run under BlockHound, which must be awake for that to mean anything. */
class NonBlockingTest {
    @Test
    void aBlockingCallOnAnEventLoopIsAnError() throws Exception {
        EventLoopGroup loops = Transport.best().eventLoops(1);
        try {
            assertThatThrownBy(() -> loops.submit(() -> {
                                TimeUnit.MILLISECONDS.sleep(1);
                                return null;
                            })
                            .get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(BlockingOperationError.class);
        } finally {
            assertThat(loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
