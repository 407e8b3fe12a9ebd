package io.percolate.gateway.proxy.sidecar;

import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.percolate.gateway.proxy.sidecar.SidecarConfig.Application;
import io.percolate.gateway.proxy.sidecar.host.HostedTenants;
import java.net.ConnectException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Whether the application takes requests, as it says itself; always, where nobody asks it. */
final class ApplicationHealth {
    private static final Logger log = LoggerFactory.getLogger(ApplicationHealth.class);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
    private static final Duration ASK_AGAIN = Duration.ofMillis(50);

    private final Application application;
    private final HttpClient http;
    private volatile boolean up;

    ApplicationHealth(Application application, LoopResources loops) {
        this.application = application;
        this.up = application.healthPath().isEmpty();
        this.http = HttpClient.create(ConnectionProvider.newConnection())
                .runOn(loops)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(application.connectTimeout().toMillis()))
                .responseTimeout(ANSWER_MAX);
    }

    boolean isUp() {
        return up;
    }

    /** Completes once the application is healthy; errors when it is not in time. */
    Mono<Void> awaited() {
        return Mono.defer(() -> up
                ? Mono.empty()
                : asked().filter(answer -> answer == Answer.HEALTHY)
                        .repeatWhenEmpty(empty -> empty.delayElements(ASK_AGAIN))
                        .then()
                        .timeout(
                                application.healthWait(),
                                Mono.error(() -> new IllegalStateException("the application was not healthy within "
                                        + application.healthWait().toMillis() + " ms"))));
    }

    /** Watches the application from now on, and has it load again what it may have lost while it did not answer well. */
    Disposable watch(HostedTenants tenants) {
        if (application.healthPath().isEmpty()) {
            return () -> {};
        }
        return Flux.interval(Duration.ZERO, application.healthInterval())
                .onBackpressureDrop()
                .concatMap(
                        tick -> asked().flatMap(answer -> {
                            boolean healthy = answer == Answer.HEALTHY;
                            if (!healthy) {
                                tenants.applicationLost(answer == Answer.NOBODY);
                            }
                            Mono<Void> first = healthy ? tenants.loadAgain() : Mono.empty();
                            return first.doFinally(signal -> become(healthy)).thenReturn(healthy);
                        }),
                        1)
                .subscribe();
    }

    private void become(boolean healthy) {
        if (healthy != up) {
            up = healthy;
            log.info("the application is {}", healthy ? "healthy" : "not healthy");
        }
    }

    private Mono<Answer> asked() {
        return http.get()
                .uri(application.url().resolve(application.healthPath().orElse("/")))
                .responseSingle((response, content) -> content.asByteArray()
                        .then()
                        .thenReturn(response.status().code() / 100 == 2 ? Answer.HEALTHY : Answer.UNWELL))
                .onErrorResume(error -> Mono.just(isRefused(error) ? Answer.NOBODY : Answer.UNWELL));
    }

    /** What came of a question. */
    private enum Answer {
        HEALTHY,
        UNWELL,
        /** Nobody listens there. */
        NOBODY
    }

    private static boolean isRefused(Throwable error) {
        return error instanceof ConnectException && !(error instanceof ConnectTimeoutException);
    }
}
