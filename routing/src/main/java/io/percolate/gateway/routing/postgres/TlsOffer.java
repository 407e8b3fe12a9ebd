package io.percolate.gateway.routing.postgres;

import io.netty.channel.ChannelOption;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpClient;

/**
 * Asks PostgreSQL whether it speaks TLS, on a connection of its own that is closed after the answer.
 *
 * <p>Source: PostgreSQL protocol 3.0, "SSL Session Encryption": an {@code SSLRequest} is answered by one byte, {@code S}
 * or {@code N}. A client that says nothing more leaves no line in the server's log.
 */
final class TlsOffer {
    private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 0x04, (byte) 0xD2, 0x16, 0x2F};
    private static final byte REFUSED = 'N';

    private final TcpClient client;
    private final Duration deadline;

    TlsOffer(DatabaseHost server, Duration deadline, LoopResources loops) {
        this.deadline = deadline;
        this.client = TcpClient.newConnection()
                .runOn(loops)
                .resolver(DefaultAddressResolverGroup.INSTANCE)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(deadline.toMillis()))
                .host(server.name())
                .port(server.port());
    }

    /** Whether the server said no. Never errors: whatever else happens, who then connects finds out and tells. */
    Mono<Boolean> isRefused() {
        return Mono.usingWhen(
                        client.connect(),
                        connection -> connection
                                .outbound()
                                .sendByteArray(Mono.just(SSL_REQUEST))
                                .then()
                                .then(connection
                                        .inbound()
                                        .receive()
                                        .asByteArray()
                                        .next())
                                .map(answer -> answer.length == 1 && answer[0] == REFUSED),
                        connection -> Mono.fromRunnable(connection::dispose))
                .timeout(deadline)
                .onErrorReturn(false)
                .defaultIfEmpty(false);
    }
}
