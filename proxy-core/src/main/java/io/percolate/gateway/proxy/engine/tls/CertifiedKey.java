package io.percolate.gateway.proxy.engine.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.List;

/**
 * A private key with the certificates that vouch for it.
 *
 * @param chain the key's own certificate first; at least one
 */
public record CertifiedKey(PrivateKey key, List<X509Certificate> chain) {
    public CertifiedKey {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a key without a certificate");
        }
    }

    /** Reads both and checks that they belong together. Blocks. */
    public static CertifiedKey read(KeyFiles files) throws TlsMaterialException {
        List<X509Certificate> chain = PemFile.certificates(files.chain());
        PrivateKey key = PemFile.privateKey(files.key());
        requirePair(key, chain.getFirst().getPublicKey(), files.key(), files.chain());
        return new CertifiedKey(key, chain);
    }

    /** The certificate of the key itself. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** The chain as Netty and the JDK take it. */
    public X509Certificate[] chainArray() {
        return chain.toArray(X509Certificate[]::new);
    }

    /** When the first certificate of the chain expires. */
    public Instant expires() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Never shows the key. */
    @Override
    public String toString() {
        return "CertifiedKey[" + certificate().getSubjectX500Principal() + "]";
    }

    private static void requirePair(PrivateKey key, PublicKey certified, Path keyFile, Path chainFile)
            throws TlsMaterialException {
        String algorithm = switch (key) {
            case RSAKey rsa -> "SHA256withRSA";
            case ECKey ec -> "SHA256withECDSA";
            case EdECKey ed -> "EdDSA";
            default -> throw new TlsMaterialException("the key in " + keyFile + " is of an unsupported kind");
        };
        boolean paired;
        try {
            byte[] sample = {1, 2, 3};
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(sample);
            byte[] signature = signing.sign();
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(certified);
            verifying.update(sample);
            paired = verifying.verify(signature);
        } catch (GeneralSecurityException ofDifferentKinds) {
            throw new TlsMaterialException(
                    "the key in " + keyFile + " does not belong to the first certificate in " + chainFile,
                    ofDifferentKinds);
        }
        if (!paired) {
            throw new TlsMaterialException(
                    "the key in " + keyFile + " does not belong to the first certificate in " + chainFile);
        }
    }
}
