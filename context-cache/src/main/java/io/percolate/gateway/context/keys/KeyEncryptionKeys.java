package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.config.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
import org.jspecify.annotations.Nullable;

/**
 * The keys that wrap tenants' keys. The first wraps; all unwrap, so that a new one is rolled out by putting it behind the
 * old, then before it, then alone once every key has been wrapped anew.
 */
public final class KeyEncryptionKeys implements AutoCloseable {
    private static final int KEYS_MAX = 8;
    private static final int FINGERPRINT_BYTES = 8;
    private static final long FILE_BYTES_MAX = 4096;
    private static final String NAME = "[A-Za-z0-9._-]{1,255}";
    private static final Pattern HERE = Pattern.compile("(?:(" + NAME + "):)?([A-Za-z0-9+/]+=*)");
    private static final Pattern ELSEWHERE = Pattern.compile("(" + NAME + "):(file|aws-kms):(\\S{1,2048})");
    private static final String EXPECTED = "expected " + LocalKey.BYTES + " bytes in base64, optionally as name:base64,"
            + " or name:file:PATH, or name:aws-kms:KEY";

    private final Map<String, KeyEncryptionKey> keys;
    private final String primary;

    private KeyEncryptionKeys(Map<String, KeyEncryptionKey> keys, String primary) {
        this.keys = keys;
        this.primary = primary;
    }

    /** Parses keys, those in AWS KMS as the AWS environment reaches it; see the other one. */
    public static KeyEncryptionKeys parse(Secret text) {
        return parse(text, KmsConfig.DEFAULT);
    }

    /**
     * Parses keys parted by commas. Each is 32 bytes in base64, with a name and a colon before it where it is not to be
     * named by its fingerprint; or {@code name:file:PATH} of a file with such bytes; or {@code name:aws-kms:KEY} with the
     * id, ARN or alias of a key in AWS KMS.
     *
     * @throws IllegalArgumentException with a message that reveals nothing of the keys
     */
    public static KeyEncryptionKeys parse(Secret text, KmsConfig kms) {
        Map<String, KeyEncryptionKey> keys = new LinkedHashMap<>();
        @Nullable String first = null;
        for (String entry : text.reveal().split(",", -1)) {
            Map.Entry<String, KeyEncryptionKey> key = key(entry.strip(), keys.size() + 1, kms);
            if (keys.putIfAbsent(key.getKey(), key.getValue()) != null || keys.size() > KEYS_MAX) {
                throw new IllegalArgumentException("expected at most " + KEYS_MAX + " keys with names of their own; '"
                        + key.getKey() + "' is too much");
            }
            first = first == null ? key.getKey() : first;
        }
        return new KeyEncryptionKeys(keys, first == null ? "" : first);
    }

    private static Map.Entry<String, KeyEncryptionKey> key(String entry, int place, KmsConfig kms) {
        Matcher elsewhere = ELSEWHERE.matcher(entry);
        if (elsewhere.matches()) {
            String name = elsewhere.group(1);
            String where = elsewhere.group(3);
            return elsewhere.group(2).equals("file")
                    ? Map.entry(name, local(content(where, place), place))
                    : Map.entry(name, new KmsKey(where, kms));
        }
        Matcher here = HERE.matcher(entry);
        if (!here.matches()) {
            throw unfit(place);
        }
        LocalKey key = local(here.group(2), place);
        String name = Optional.ofNullable(here.group(1))
                .orElseGet(() -> fingerprint(Base64.getDecoder().decode(here.group(2))));
        return Map.entry(name, key);
    }

    private static LocalKey local(String base64, int place) {
        try {
            byte[] key = Base64.getDecoder().decode(base64);
            if (key.length == LocalKey.BYTES) {
                return new LocalKey(key);
            }
        } catch (IllegalArgumentException noBase64) {
            // Its message would show some of it.
        }
        throw unfit(place);
    }

    private static String content(String path, int place) {
        try {
            if (Files.size(Path.of(path)) > FILE_BYTES_MAX) {
                throw unfit(place);
            }
            return Files.readString(Path.of(path), StandardCharsets.ISO_8859_1).strip();
        } catch (IOException | InvalidPathException unreadable) {
            throw new IllegalArgumentException(
                    "key " + place + " of the list: cannot read '" + path + "': " + unreadable, unreadable);
        }
    }

    private static IllegalArgumentException unfit(int place) {
        return new IllegalArgumentException("key " + place + " of the list: " + EXPECTED);
    }

    /** The name of the key that wraps. */
    public String primary() {
        return primary;
    }

    public Set<String> names() {
        return Set.copyOf(keys.keySet());
    }

    KeyEncryptionKey primaryKey() {
        return named(primary).orElseThrow();
    }

    Optional<KeyEncryptionKey> named(String name) {
        return Optional.ofNullable(keys.get(name));
    }

    /** Ends what the keys hold open. Blocks. */
    @Override
    public void close() {
        keys.values().forEach(KeyEncryptionKey::close);
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

    @Override
    public String toString() {
        return "KeyEncryptionKeys" + keys.keySet();
    }
}
