package io.percolate.gateway.context.store;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.percolate.gateway.context.aws.AwsEnvironment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The SDK's client with its event loops; building it takes a good part of a second on a cold JVM. */
record S3Client(S3AsyncClient sdk, EventLoopGroup loops) implements AutoCloseable {
    private static final int LOOP_THREADS = 2;
    private static final Duration RETRY_DELAY = Duration.ofMillis(50);
    private static final Duration RETRY_DELAY_MAX = Duration.ofMillis(500);
    private static final Duration CONNECTION_IDLE_MAX = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    static S3Client build(S3Config config) {
        EventLoopGroup loops = newLoops();
        var builder = S3AsyncClient.builder()
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroup(SdkEventLoopGroup.create(loops, NioSocketChannel::new))
                        .protocol(Protocol.HTTP1_1)
                        .maxConcurrency(config.connectionsMax())
                        .maxPendingConnectionAcquires(config.waitingMax())
                        .connectionAcquisitionTimeout(config.connectTimeout().plus(config.answerTimeout()))
                        .connectionTimeout(config.connectTimeout())
                        .tlsNegotiationTimeout(config.connectTimeout())
                        .connectionMaxIdleTime(CONNECTION_IDLE_MAX)
                        .readTimeout(config.idleTimeout())
                        .writeTimeout(config.idleTimeout())
                        .tcpKeepAlive(true))
                .credentialsProvider(AwsEnvironment.credentials(config.accessKey(), config.secretKey()))
                .region(AwsEnvironment.region(config.region()))
                .forcePathStyle(config.pathStyle())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(overrides(config))
                .asyncConfiguration(async ->
                        async.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run));
        config.endpoint().ifPresent(builder::endpointOverride);
        return new S3Client(builder.build(), loops);
    }

    /** The SDK, written for Netty 4.1, knows event loops by the class that 4.2 keeps for its sake. */
    @SuppressWarnings("deprecation")
    private static EventLoopGroup newLoops() {
        return new NioEventLoopGroup(LOOP_THREADS, new DefaultThreadFactory("s3", true));
    }

    private static ClientOverrideConfiguration overrides(S3Config config) {
        BackoffStrategy backoff = BackoffStrategy.exponentialDelay(RETRY_DELAY, RETRY_DELAY_MAX);
        return ClientOverrideConfiguration.builder()
                .apiCallAttemptTimeout(config.answerTimeout())
                .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                        .maxAttempts(config.attemptsMax())
                        .backoffStrategy(backoff)
                        .throttlingBackoffStrategy(backoff)
                        .build())
                .build();
    }

    /** Ends connections and threads. Blocks. */
    @Override
    public void close() {
        sdk.close();
        loops.shutdownGracefully(0, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT.toMillis());
    }
}
