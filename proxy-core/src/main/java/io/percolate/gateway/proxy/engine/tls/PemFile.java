package io.percolate.gateway.proxy.engine.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of PEM blocks (RFC 7468). Reading one blocks. */
public final class PemFile {
    private static final int BYTES_MAX = 1 << 20;
    private static final int CERTIFICATES_MAX = 1_000;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----([^-]*+)-----END \\1-----", Pattern.DOTALL);

    private static final class Block {
        private final String label;
        private final byte[] der;

        private Block(String label, byte[] der) {
            this.label = label;
            this.der = der;
        }
    }

    private PemFile() {}

    /** The certificates in it, in order; at least one. */
    public static List<X509Certificate> certificates(Path file) throws TlsMaterialException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Block block : blocks(file)) {
                if (block.label.equals("CERTIFICATE")) {
                    certificates.add(
                            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der)));
                }
            }
        } catch (CertificateException broken) {
            throw new TlsMaterialException(file + " holds a broken certificate: " + broken.getMessage(), broken);
        }
        if (certificates.isEmpty() || certificates.size() > CERTIFICATES_MAX) {
            throw new TlsMaterialException("expected 1 to " + CERTIFICATES_MAX + " certificates (PEM) in " + file
                    + ", got " + certificates.size());
        }
        return List.copyOf(certificates);
    }

    /** The one private key in it: PKCS#8, PKCS#1 or SEC 1, unencrypted. */
    public static PrivateKey privateKey(Path file) throws TlsMaterialException {
        List<Block> keys = blocks(file).stream()
                .filter(block -> block.label.endsWith("PRIVATE KEY"))
                .toList();
        if (keys.size() != 1) {
            throw new TlsMaterialException("expected one private key (PEM) in " + file + ", got " + keys.size());
        }
        return PrivateKeys.parse(keys.getFirst().label, keys.getFirst().der, file);
    }

    /** All bytes of a file that is no larger than such files are. */
    static byte[] bytes(Path file) throws TlsMaterialException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw new TlsMaterialException(file + " is larger than " + BYTES_MAX + " bytes");
            }
            return bytes;
        } catch (IOException unreadable) {
            throw new TlsMaterialException("cannot read " + file + ": " + unreadable, unreadable);
        }
    }

    private static List<Block> blocks(Path file) throws TlsMaterialException {
        Matcher matcher = BLOCK.matcher(new String(bytes(file), StandardCharsets.ISO_8859_1));
        List<Block> blocks = new ArrayList<>();
        while (matcher.find()) {
            try {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException notBase64) {
                throw new TlsMaterialException(
                        file + " holds a broken block " + matcher.group(1) + " (encrypted keys are not supported)",
                        notBase64);
            }
        }
        return blocks;
    }
}
