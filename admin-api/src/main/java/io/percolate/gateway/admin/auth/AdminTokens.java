package io.percolate.gateway.admin.auth;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The admin tokens of this process, from its configuration. Immutable.
 *
 * <p>A presented secret is compared with every token by digest in constant time, and all of them are always compared, so
 * that the time of an answer says nothing about secrets or names.
 */
public final class AdminTokens {
    /** Room for a token of each person and machine; each one costs a digest comparison a request. */
    private static final int TOKENS_MAX = 256;

    private static final int SECRET_LENGTH_MIN = 16;
    private static final int SECRET_LENGTH_MAX = 512;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}");
    /** RFC 6750, b64token: what can stand after {@code Bearer}. */
    private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final List<AdminToken> tokens;

    private AdminTokens(List<AdminToken> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /** Reads {@code GATEWAY_ADMIN_READ_TOKENS} and {@code GATEWAY_ADMIN_WRITE_TOKENS}; problems never quote a secret. */
    public static AdminTokens read(ConfigReader reader) {
        Optional<Secret> forReading = reader.optionalSecret(
                "GATEWAY_ADMIN_READ_TOKENS", "admin tokens that may read: name:secret, parted by commas");
        Optional<Secret> forWriting = reader.optionalSecret(
                "GATEWAY_ADMIN_WRITE_TOKENS", "admin tokens that may read and write: name:secret, parted by commas");
        List<AdminToken> tokens = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<String> secrets = new HashSet<>();
        forReading.ifPresent(
                list -> parse("GATEWAY_ADMIN_READ_TOKENS", list, Scope.READ, reader, tokens, names, secrets));
        forWriting.ifPresent(
                list -> parse("GATEWAY_ADMIN_WRITE_TOKENS", list, Scope.WRITE, reader, tokens, names, secrets));
        if (forReading.isEmpty() && forWriting.isEmpty()) {
            reader.problem("GATEWAY_ADMIN_WRITE_TOKENS or GATEWAY_ADMIN_READ_TOKENS (or their _FILE) is required:"
                    + " without an admin token nobody can call the management API");
        }
        if (tokens.size() > TOKENS_MAX) {
            reader.problem("at most " + TOKENS_MAX + " admin tokens are supported, got " + tokens.size());
        }
        return new AdminTokens(tokens);
    }

    private static void parse(
            String key,
            Secret list,
            Scope scope,
            ConfigReader reader,
            List<AdminToken> tokens,
            Set<String> names,
            Set<String> secrets) {
        String[] entries = list.reveal().split(",", -1);
        for (int i = 0; i < entries.length; i++) {
            String entry = entries[i].strip();
            String which = key + ", entry " + (i + 1);
            int colon = entry.indexOf(':');
            if (colon < 0 || !NAME.matcher(entry.substring(0, colon)).matches()) {
                reader.problem(which + ": expected name:secret, with a name of 1 to 63 letters, digits and . _ @ -");
                continue;
            }
            String name = entry.substring(0, colon);
            String secret = entry.substring(colon + 1);
            if (secret.length() < SECRET_LENGTH_MIN
                    || secret.length() > SECRET_LENGTH_MAX
                    || !SECRET.matcher(secret).matches()) {
                reader.problem(which + " ('" + name + "'): the secret needs " + SECRET_LENGTH_MIN + " to "
                        + SECRET_LENGTH_MAX + " characters out of letters, digits and . _ ~ + / - =");
            } else if (!names.add(name)) {
                reader.problem(which + ": the name '" + name + "' is given twice, and audit rows could not tell whose");
            } else if (!secrets.add(secret)) {
                reader.problem(which + " ('" + name + "'): the secret is another token's too");
            } else {
                tokens.add(new AdminToken(new Principal(name, scope), secret));
            }
        }
    }

    /** Whose secret this is, if anybody's. */
    public Optional<Principal> authenticate(String secret) {
        byte[] digest = Digests.sha256(secret);
        Optional<Principal> found = Optional.empty();
        for (AdminToken token : tokens) {
            if (token.hasDigest(digest)) {
                found = Optional.of(token.principal());
            }
        }
        return found;
    }

    /** Names and scopes only. */
    @Override
    public String toString() {
        return tokens.toString();
    }
}
