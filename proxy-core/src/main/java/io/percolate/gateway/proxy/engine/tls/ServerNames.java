package io.percolate.gateway.proxy.engine.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The names and addresses that a certificate is valid for (RFC 9525): those of its subjectAltName, where {@code *} as the
 * whole first label stands for any one label.
 */
public final class ServerNames {
    private static final int DNS_NAME = 2;
    private static final int ADDRESS = 7;

    private final Set<String> exact = new HashSet<>();
    /** What follows the {@code *}, with its dot. */
    private final Set<String> behindWildcards = new HashSet<>();

    private ServerNames() {}

    static ServerNames of(X509Certificate certificate) throws TlsMaterialException {
        ServerNames names = new ServerNames();
        Collection<List<?>> alternatives;
        try {
            alternatives = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException broken) {
            throw new TlsMaterialException(
                    "the names of " + certificate.getSubjectX500Principal() + " are broken: " + broken.getMessage(),
                    broken);
        }
        if (alternatives != null) {
            for (List<?> alternative : alternatives) {
                int kind = (Integer) alternative.get(0);
                if ((kind == DNS_NAME || kind == ADDRESS) && alternative.get(1) instanceof String name) {
                    names.add(name.toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    private void add(String name) {
        if (name.startsWith("*.")) {
            behindWildcards.add(name.substring(1));
        } else {
            exact.add(name);
        }
    }

    Set<String> exact() {
        return exact;
    }

    Set<String> behindWildcards() {
        return behindWildcards;
    }

    /** Whether the certificate is valid for this host, with or without a port, as a Host field has it. */
    public boolean cover(String authority) {
        String host = host(authority).toLowerCase(Locale.ROOT);
        return exact.contains(host) || behindWildcards.contains(behindFirstLabel(host));
    }

    /** What follows the first label, with its dot; empty when there is no label before or nothing after. */
    static String behindFirstLabel(String host) {
        int dot = host.indexOf('.');
        return dot <= 0 ? "" : host.substring(dot);
    }

    private static String host(String authority) {
        String host = authority;
        if (authority.startsWith("[")) {
            int end = authority.indexOf(']');
            host = end < 0 ? authority : authority.substring(1, end);
        } else {
            int colon = authority.lastIndexOf(':');
            host = colon < 0 ? authority : authority.substring(0, colon);
        }
        // The root's dot says nothing more.
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }
}
