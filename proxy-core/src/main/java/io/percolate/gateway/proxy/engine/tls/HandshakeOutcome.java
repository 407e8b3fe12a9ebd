package io.percolate.gateway.proxy.engine.tls;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.NotSslRecordException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** How handshakes end; closed, and also the metric label. */
public enum HandshakeOutcome {
    ESTABLISHED,
    /** What came was not TLS: plain HTTP, or anything. */
    NOT_TLS,
    CLIENT_HELLO_TOO_LARGE,
    /** The client's certificate is missing, or does not hold. */
    CLIENT_CERTIFICATE,
    /** The client ended it by an alert, as it does when it does not trust the edge's certificate. */
    REFUSED_BY_CLIENT,
    /** The client went away. */
    ABANDONED,
    TIMEOUT,
    /** Too many handshakes waited already. */
    BUSY,
    /** No version or cipher suite in common, or messages that make no sense. */
    NOT_AGREED;

    /** What ended a handshake, by the exception of whichever provider did it. */
    static HandshakeOutcome of(@Nullable Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            switch (each) {
                case NotSslRecordException notTls -> {
                    return NOT_TLS;
                }
                case TooLongFrameException tooLong -> {
                    return CLIENT_HELLO_TOO_LARGE;
                }
                case ClosedChannelException closed -> {
                    return ABANDONED;
                }
                case CertificateException refused -> {
                    return CLIENT_CERTIFICATE;
                }
                case SSLException failed -> {
                    HandshakeOutcome told = byMessage(String.valueOf(failed.getMessage()));
                    if (told != null) {
                        return told;
                    }
                }
                default -> {}
            }
        }
        return NOT_AGREED;
    }

    /** BoringSSL tells its reasons in capitals, the JDK in words. */
    private static @Nullable HandshakeOutcome byMessage(String message) {
        String text = message.toLowerCase(Locale.ROOT);
        if (text.contains("closed while") || text.contains("closed before") || text.contains("removed before")) {
            return ABANDONED;
        }
        if (text.contains("_alert_")
                || text.contains("received fatal alert")
                || text.contains("received close_notify")) {
            return REFUSED_BY_CLIENT;
        }
        if (text.contains("http_request") || text.contains("https_proxy_request")) {
            return NOT_TLS;
        }
        // The edge always has one itself.
        return text.contains("certificate") ? CLIENT_CERTIFICATE : null;
    }
}
