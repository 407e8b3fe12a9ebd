package io.percolate.gateway.proxy.engine.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/** Certificates made for tests, by one authority that is made with the first. */
public final class Certificates {
    private static final class Authority {
        static final X509Bundle ROOT = newAuthority();
    }

    private static final String SUBJECT_ALT_NAME = "2.5.29.17";

    private Certificates() {}

    /** The authority that signs all others. */
    public static X509Bundle authority() {
        return Authority.ROOT;
    }

    /** One for these DNS names, valid for a day. */
    public static X509Bundle named(String... names) {
        return issue(server(names));
    }

    /** One that is not signed by the authority but by another of the same name. */
    public static X509Bundle byAStranger(String... names) {
        return issue(server(names), newAuthority());
    }

    /** A builder for these DNS names, and addresses. */
    public static CertificateBuilder server(String... names) {
        GeneralName[] alternatives = Stream.of(names)
                .map(name -> new GeneralName(
                        Character.isDigit(name.charAt(0)) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        try {
            // The builder's own way takes no wildcards.
            return builder(names[0])
                    .addExtensionOctetString(SUBJECT_ALT_NAME, false, new GeneralNames(alternatives).getEncoded());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public static X509Bundle issue(CertificateBuilder builder) {
        return issue(builder, authority());
    }

    /** Writes {@code tls.crt} and {@code tls.key}, as a mounted secret has them. */
    public static Path write(Path folder, X509Bundle bundle) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("tls.crt"), bundle.getCertificatePathPEM());
            Files.writeString(folder.resolve("tls.key"), bundle.getPrivateKeyPEM());
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static X509Bundle issue(CertificateBuilder builder, X509Bundle issuer) {
        try {
            return builder.buildIssuedBy(issuer);
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static X509Bundle newAuthority() {
        try {
            return builder("Percolate Test Root")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** A builder for a subject that has no other names. */
    public static CertificateBuilder builder(String name) {
        return new CertificateBuilder()
                .algorithm(Algorithm.ecp256)
                .subject("CN=" + name + ", O=Percolate Test")
                .notBefore(Instant.now().minus(Duration.ofHours(1)))
                .notAfter(Instant.now().plus(Duration.ofDays(1)));
    }
}
