package io.percolate.gateway.routing.token.keys;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The usable keys of a JWK set (RFC 7517), at least one; immutable. */
public final class KeySet {
    static final int KEYS_MAX = 256;

    private final List<VerificationKey> keys;
    private final Map<String, List<VerificationKey>> byKid;
    private final Set<String> ids;
    private final List<String> ignored;

    private KeySet(List<VerificationKey> keys, List<String> ignored) {
        this.keys = List.copyOf(keys);
        this.byKid =
                keys.stream().collect(Collectors.groupingBy(VerificationKey::kid, HashMap::new, Collectors.toList()));
        this.ids = keys.stream().map(VerificationKey::id).collect(Collectors.toUnmodifiableSet());
        this.ignored = List.copyOf(ignored);
    }

    /**
     * Reads a JWK set; keys that cannot be used are left out and named in {@link #ignored}.
     *
     * @throws JwksException when the text is no JWK set, has more than {@link #KEYS_MAX} keys, or none that can be used
     */
    static KeySet parse(String json, SignatureProvider signatures) {
        List<?> entries;
        try {
            entries = JSONObjectUtils.getJSONArray(JSONObjectUtils.parse(json), "keys");
        } catch (ParseException invalid) {
            throw new JwksException("not a JWK set: " + invalid.getMessage());
        }
        if (entries == null) {
            throw new JwksException("not a JWK set: it has no member 'keys'");
        }
        if (entries.size() > KEYS_MAX) {
            throw new JwksException("expected at most " + KEYS_MAX + " keys, got " + entries.size());
        }
        Map<String, VerificationKey> keys = new LinkedHashMap<>();
        List<String> ignored = new ArrayList<>();
        for (Object entry : entries) {
            switch (parseEntry(entry, signatures)) {
                case VerificationKey.Parsed.Usable(VerificationKey key) ->
                    keys.putIfAbsent(key.kid() + ' ' + key.id(), key);
                case VerificationKey.Parsed.Ignored(String why) -> ignored.add(why);
            }
        }
        if (keys.isEmpty()) {
            throw new JwksException(
                    ignored.isEmpty()
                            ? "the key set is empty"
                            : "the key set has no usable key: " + String.join("; ", ignored));
        }
        return new KeySet(List.copyOf(keys.values()), ignored);
    }

    private static VerificationKey.Parsed parseEntry(Object entry, SignatureProvider signatures) {
        if (!(entry instanceof Map<?, ?> members)) {
            return new VerificationKey.Parsed.Ignored("an entry that is not a JSON object");
        }
        Map<String, Object> json = new HashMap<>();
        members.forEach((name, value) -> json.put(String.valueOf(name), value));
        return VerificationKey.parse(json, signatures);
    }

    /** The keys of this name; empty when there is none. More than one where a name is used for several types. */
    public List<VerificationKey> named(String kid) {
        return byKid.getOrDefault(kid, List.of());
    }

    public List<VerificationKey> fitting(SignatureAlgorithm algorithm) {
        return keys.stream().filter(key -> key.fits(algorithm)).toList();
    }

    /** Identities of all keys; see {@link VerificationKey#id}. */
    Set<String> ids() {
        return ids;
    }

    /** Names of all keys, for people. */
    public Set<String> kids() {
        return Set.copyOf(byKid.keySet());
    }

    int size() {
        return keys.size();
    }

    /** Why each other entry of the set was left out. */
    List<String> ignored() {
        return ignored;
    }
}
