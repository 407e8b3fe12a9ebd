package io.percolate.gateway.context.keys;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.util.SecretBytes;
import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The AES-256 keys that wrap tenants' keys. The first wraps; all unwrap, so that a new one is rolled out by putting it
 * behind the old, then before it, then alone once every key has been wrapped anew.
 */
public final class KeyEncryptionKeys {
    private static final int KEY_BYTES = 32;
    private static final int KEYS_MAX = 8;
    private static final int FINGERPRINT_BYTES = 8;
    private static final Pattern NAMED = Pattern.compile("(?:([A-Za-z0-9._-]{1,255}):)?([A-Za-z0-9+/]+=*)");

    private final Map<String, Aead> keys;
    private final String primary;

    private KeyEncryptionKeys(Map<String, Aead> keys, String primary) {
        this.keys = keys;
        this.primary = primary;
    }

    /**
     * Parses keys parted by commas, each 32 bytes in base64, with a name and a colon before it where it is not to be
     * named by its fingerprint.
     *
     * @throws IllegalArgumentException with a message that reveals nothing of the keys
     */
    public static KeyEncryptionKeys parse(Secret text) {
        Map<String, Aead> keys = new LinkedHashMap<>();
        String first = "";
        for (String entry : text.reveal().split(",", -1)) {
            Matcher matcher = NAMED.matcher(entry.strip());
            byte[] key = matcher.matches() ? decoded(matcher.group(2)) : new byte[0];
            if (key.length != KEY_BYTES) {
                throw new IllegalArgumentException("key " + (keys.size() + 1) + " of the list: expected " + KEY_BYTES
                        + " bytes in base64, optionally as name:base64");
            }
            String name = Optional.ofNullable(matcher.group(1)).orElseGet(() -> fingerprint(key));
            if (keys.putIfAbsent(name, aead(key)) != null || keys.size() > KEYS_MAX) {
                throw new IllegalArgumentException(
                        "expected at most " + KEYS_MAX + " keys with names of their own; '" + name + "' is too much");
            }
            first = first.isEmpty() ? name : first;
        }
        return new KeyEncryptionKeys(keys, first);
    }

    /** The name of the key that wraps. */
    public String primary() {
        return primary;
    }

    public Set<String> names() {
        return Set.copyOf(keys.keySet());
    }

    Aead primaryAead() {
        return named(primary).orElseThrow();
    }

    Optional<Aead> named(String name) {
        return Optional.ofNullable(keys.get(name));
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException invalid) {
            return new byte[0];
        }
    }

    /** The first 64 bits of a digest: names a key without telling anything of it. */
    private static String fingerprint(byte[] key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("percolate key-encryption key".getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(key), 0, FINGERPRINT_BYTES);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    @AccessesPartialKey
    private static Aead aead(byte[] key) {
        try {
            AesGcmParameters parameters = AesGcmParameters.builder()
                    .setKeySizeBytes(KEY_BYTES)
                    .setIvSizeBytes(12)
                    .setTagSizeBytes(16)
                    .setVariant(AesGcmParameters.Variant.NO_PREFIX)
                    .build();
            return AesGcmJce.create(AesGcmKey.builder()
                    .setParameters(parameters)
                    .setKeyBytes(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get()))
                    .build());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has AES-256-GCM", impossible);
        }
    }

    @Override
    public String toString() {
        return "KeyEncryptionKeys" + keys.keySet();
    }
}
