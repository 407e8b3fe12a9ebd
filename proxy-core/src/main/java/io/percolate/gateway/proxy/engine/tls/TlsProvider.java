package io.percolate.gateway.proxy.engine.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who does the work of TLS: BoringSSL where its native library loads, or the JDK, which is several times slower. */
public enum TlsProvider {
    NATIVE,
    JDK;

    private static final Logger LOG = LoggerFactory.getLogger(TlsProvider.class);
    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";
    private static final AtomicBoolean TOLD = new AtomicBoolean();

    /**
     * As Netty calls it; the JDK's when there is no native one. Loads native code, so not for an event loop. Contexts
     * made with it are reference-counted: who makes one releases it.
     */
    public SslProvider netty() {
        if (this == JDK) {
            return jdk();
        }
        if (OpenSsl.isAvailable()) {
            return SslProvider.OPENSSL_REFCNT;
        }
        if (TOLD.compareAndSet(false, true)) {
            LOG.warn(
                    "TLS is done by the JDK, since the native library does not load: {}",
                    String.valueOf(OpenSsl.unavailabilityCause()));
        }
        return jdk();
    }

    private static SslProvider jdk() {
        // The JDK lets clients of TLS 1.2 begin anew unless it is told not to; BoringSSL never does.
        if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
        return SslProvider.JDK;
    }
}
