package io.percolate.gateway.proxy.engine.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One certificate of the edge, ready for handshakes: a context for each way to ask for clients' certificates. Sessions of
 * one cannot be resumed by another, for each has ticket keys of its own.
 */
public final class ServerCertificate {
    /** In order of preference. */
    private static final String[] APPLICATION_PROTOCOLS = {
        ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1
    };

    private static final int SESSION_SECONDS_MAX = 3_600;
    /** Of sessions that the JDK's provider, or a client without tickets, has kept for it. */
    private static final int SESSIONS_KEPT_MAX = 10_000;

    private final CertifiedKey key;
    private final ServerNames names;
    private final Map<ClientCertificates, SslContext> contexts = new EnumMap<>(ClientCertificates.class);
    private final SecureRandom random = new SecureRandom();
    private @Nullable OpenSslSessionTicketKey ticketKey;

    private ServerCertificate(CertifiedKey key, ServerNames names) {
        this.key = key;
        this.names = names;
    }

    /** Reads the files and makes the contexts. Blocks. */
    static ServerCertificate read(KeyFiles files, Set<ClientCertificates> modes, TlsConfig config)
            throws TlsMaterialException {
        CertifiedKey key = CertifiedKey.read(files);
        ServerCertificate made = new ServerCertificate(key, ServerNames.of(key.certificate()));
        try {
            for (ClientCertificates mode : modes) {
                made.contexts.put(mode, made.context(mode, config));
            }
        } catch (SSLException | IllegalArgumentException | IllegalStateException unusable) {
            made.release();
            throw new TlsMaterialException(
                    files.chain() + " cannot be used for TLS: " + unusable.getMessage(), unusable);
        } catch (TlsMaterialException unusable) {
            made.release();
            throw unusable;
        }
        made.rotateTicketKeys();
        return made;
    }

    private SslContext context(ClientCertificates mode, TlsConfig config) throws SSLException, TlsMaterialException {
        SslContextBuilder builder = SslContextBuilder.forServer(key.key(), key.chainArray())
                .sslProvider(config.provider().netty())
                .protocols(config.least().protocols())
                .ciphers(TlsSuites.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .clientAuth(mode.netty())
                .sessionTimeout(SESSION_SECONDS_MAX)
                .sessionCacheSize(SESSIONS_KEPT_MAX)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        APPLICATION_PROTOCOLS));
        Path authorities = config.clientAuthorities().orElse(null);
        if (mode != ClientCertificates.NONE && authorities != null) {
            builder.trustManager(PemFile.certificates(authorities).toArray(X509Certificate[]::new));
        }
        return builder.build();
    }

    public CertifiedKey key() {
        return key;
    }

    /** What it is valid for. */
    public ServerNames names() {
        return names;
    }

    /** A context, retained for the caller, who releases it; null when this certificate has been replaced. */
    @Nullable
    SslContext retained(ClientCertificates mode) {
        SslContext context = Objects.requireNonNull(contexts.get(mode));
        try {
            ReferenceCountUtil.retain(context);
            return context;
        } catch (IllegalReferenceCountException replaced) {
            return null;
        }
    }

    /** Seals new sessions with a new key; those of the one before can still be resumed, older ones cannot. */
    synchronized void rotateTicketKeys() {
        OpenSslSessionTicketKey before = ticketKey;
        OpenSslSessionTicketKey now = new OpenSslSessionTicketKey(
                bytes(OpenSslSessionTicketKey.NAME_SIZE),
                bytes(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                bytes(OpenSslSessionTicketKey.AES_KEY_SIZE));
        for (SslContext context : contexts.values()) {
            // The JDK's provider has keys of its own, which it changes by itself.
            if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
                if (before == null) {
                    sessions.setTicketKeys(now);
                } else {
                    sessions.setTicketKeys(now, before);
                }
            }
        }
        ticketKey = now;
    }

    /** Lets the contexts go; connections that are made with them keep them as long as they live. */
    synchronized void release() {
        contexts.values().forEach(ReferenceCountUtil::release);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
