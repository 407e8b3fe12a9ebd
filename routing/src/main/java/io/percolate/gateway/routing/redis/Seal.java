package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Proves that a gateway wrote a value, and for this name: HMAC-SHA-256 over name and value, cut to 16 bytes, behind the
 * value. So who can write to Redis can at most put an older value of the same name back. For use on one thread.
 */
final class Seal {
    static final int LENGTH = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private final Mac mac;

    Seal(Secret secret) {
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), ALGORITHM));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, absent);
        }
    }

    /** The value with its seal behind it. */
    byte[] seal(byte[] name, byte[] value) {
        byte[] envelope = Arrays.copyOf(value, value.length + LENGTH);
        System.arraycopy(tag(name, value, value.length), 0, envelope, value.length, LENGTH);
        return envelope;
    }

    /** The value, or null when its seal is not of this name and value. */
    byte @Nullable [] open(byte[] name, byte[] envelope) {
        int length = envelope.length - LENGTH;
        if (length < 0) {
            return null;
        }
        byte[] given = Arrays.copyOfRange(envelope, length, envelope.length);
        return MessageDigest.isEqual(tag(name, envelope, length), given) ? Arrays.copyOf(envelope, length) : null;
    }

    private byte[] tag(byte[] name, byte[] value, int length) {
        mac.update((byte) (name.length >>> 8));
        mac.update((byte) name.length);
        mac.update(name);
        mac.update(value, 0, length);
        return Arrays.copyOf(mac.doFinal(), LENGTH);
    }
}
