package io.percolate.gateway.proxy.engine.tls;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Private keys in the forms that issuers of certificates write.
 *
 * <p>The JDK reads PKCS#8 alone. PKCS#1 (RFC 8017, appendix A.1.2) and SEC 1 (RFC 5915), which OpenSSL and cert-manager
 * write unless told otherwise, become PKCS#8 by a wrapper (RFC 5958) that names the algorithm.
 */
final class PrivateKeys {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** rsaEncryption with NULL parameters. */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    /** id-ecPublicKey. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;
    /** The explicitly tagged parameters of a key in SEC 1. */
    private static final int PARAMETERS = 0xa0;

    private PrivateKeys() {}

    static PrivateKey parse(String label, byte[] der, Path file) throws TlsMaterialException {
        byte[] pkcs8 = switch (label) {
            case "PRIVATE KEY" -> der;
            case "RSA PRIVATE KEY" -> element(SEQUENCE, VERSION_0, RSA, element(OCTET_STRING, der));
            case "EC PRIVATE KEY" ->
                element(SEQUENCE, VERSION_0, element(SEQUENCE, EC, curve(der, file)), element(OCTET_STRING, der));
            default ->
                throw new TlsMaterialException("the private key in " + file + " has the unsupported form " + label);
        };
        @Nullable InvalidKeySpecException ofAnother = null;
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException ofAnotherAlgorithm) {
                ofAnother = ofAnotherAlgorithm;
            } catch (NoSuchAlgorithmException absent) {
                throw new TlsMaterialException("this JDK has no " + algorithm, absent);
            }
        }
        throw new TlsMaterialException(
                "the private key in " + file + " is broken or not of " + ALGORITHMS, Objects.requireNonNull(ofAnother));
    }

    /** The identifier of the curve, as a whole element, among the key's parameters. */
    private static byte[] curve(byte[] sec1, Path file) throws TlsMaterialException {
        try {
            int at = contents(sec1, 0, SEQUENCE);
            at = after(sec1, at);
            at = after(sec1, at);
            int identifier = contents(sec1, at, PARAMETERS);
            if (sec1[identifier] == OBJECT_IDENTIFIER) {
                return Arrays.copyOfRange(sec1, identifier, after(sec1, identifier));
            }
        } catch (IndexOutOfBoundsException truncated) {
            throw new TlsMaterialException("the private key in " + file + " is truncated", truncated);
        }
        throw new TlsMaterialException("the private key in " + file + " does not name its curve");
    }

    /** Where the contents of the element at this place begin, which must have this tag. */
    private static int contents(byte[] der, int at, int tag) {
        if ((der[at] & 0xff) != tag) {
            throw new IndexOutOfBoundsException(at);
        }
        int length = der[at + 1] & 0xff;
        return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
    }

    /** Where the element after the one at this place begins. */
    private static int after(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        int start = at + 2;
        if (length >= 0x80) {
            int bytes = length & 0x7f;
            if (bytes > 3) {
                throw new IndexOutOfBoundsException(at);
            }
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = (length << 8) | (der[start++] & 0xff);
            }
        }
        int end = start + length;
        if (end > der.length) {
            throw new IndexOutOfBoundsException(end);
        }
        return end;
    }

    private static byte[] element(int tag, byte[]... contents) {
        int length = 0;
        for (byte[] part : contents) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
            out.write(0x80 | bytes);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                out.write(length >>> shift);
            }
        }
        for (byte[] part : contents) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
