package io.percolate.gateway.proxy.engine;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust in one workload by its SPIFFE id, the only URI among the names of its certificate (X.509-SVID, sections 2 and 5.2),
 * whatever host it runs on.
 */
final class WorkloadTrust extends X509ExtendedTrustManager {
    private static final int URI = 6;

    private final X509ExtendedTrustManager authorities;
    private final String id;

    /** @param authorities who verifies the chain */
    WorkloadTrust(X509ExtendedTrustManager authorities, String id) {
        this.authorities = authorities;
        this.id = id;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        authorities.checkServerTrusted(chain, authType, engine);
        requireId(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        authorities.checkServerTrusted(chain, authType, socket);
        requireId(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        authorities.checkServerTrusted(chain, authType);
        requireId(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("pods are servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("pods are servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("pods are servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.getAcceptedIssuers();
    }

    private void requireId(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> names = Objects.requireNonNullElse(certificate.getSubjectAlternativeNames(), List.of());
        List<String> uris = names.stream()
                .filter(name -> Integer.valueOf(URI).equals(name.getFirst()))
                .map(name -> String.valueOf(name.get(1)))
                .toList();
        if (uris.size() != 1 || !uris.getFirst().equals(id)) {
            throw new CertificateException("expected the pod to be " + id + ", it is " + uris);
        }
    }
}
