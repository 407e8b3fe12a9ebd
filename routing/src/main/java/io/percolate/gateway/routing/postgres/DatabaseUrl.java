package io.percolate.gateway.routing.postgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A connection URI as libpq reads it: {@code postgresql://user:password@host:port/database?sslmode=...&sslrootcert=...}.
 *
 * <p>User, password and database are percent-decoded. Source: PostgreSQL manual, "Connection URIs".
 */
record DatabaseUrl(
        String host,
        int port,
        String database,
        String user,
        Optional<String> password,
        SslMode sslMode,
        Optional<String> sslRootCertificate) {
    private static final int DEFAULT_PORT = 5432;

    /** The URL, or each problem with it; problems never quote the credentials. */
    sealed interface Parsed {
        record Valid(DatabaseUrl url) implements Parsed {}

        record Invalid(List<String> problems) implements Parsed {}
    }

    static Parsed parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException invalid) {
            return new Parsed.Invalid(
                    List.of("expected postgresql://user:password@host:port/database, got a text that is"
                            + " no URL (" + invalid.getReason() + " at character " + invalid.getIndex()
                            + "); special characters in user and password are percent-encoded"));
        }
        List<String> problems = new ArrayList<>();
        if (!"postgresql".equals(uri.getScheme()) && !"postgres".equals(uri.getScheme())) {
            problems.add("expected the scheme postgresql, got '" + uri.getScheme() + "'");
        }
        if (uri.getHost() == null) {
            problems.add("expected one host after the credentials");
        }
        String userInfo = uri.getRawUserInfo();
        if (userInfo == null || userInfo.isEmpty() || userInfo.startsWith(":")) {
            problems.add("expected a user before the host");
            userInfo = "";
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (path.length() < 2) {
            problems.add("expected a database name as the path");
        }
        Options options = Options.parse(uri.getRawQuery(), problems);
        if (!problems.isEmpty()) {
            return new Parsed.Invalid(List.copyOf(problems));
        }
        int colon = userInfo.indexOf(':');
        return new Parsed.Valid(new DatabaseUrl(
                uri.getHost().startsWith("[")
                        ? uri.getHost().substring(1, uri.getHost().length() - 1)
                        : uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                decoded(path.substring(1)),
                decoded(colon < 0 ? userInfo : userInfo.substring(0, colon)),
                colon < 0 ? Optional.empty() : Optional.of(decoded(userInfo.substring(colon + 1))),
                options.sslMode(),
                options.sslRootCertificate()));
    }

    /** A plus is a plus in a URL's path and credentials; only forms read it as a space. */
    private static String decoded(String raw) {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private record Options(SslMode sslMode, Optional<String> sslRootCertificate) {
        static Options parse(@Nullable String query, List<String> problems) {
            SslMode sslMode = SslMode.PREFER;
            Optional<String> rootCertificate = Optional.empty();
            for (String option : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
                int equals = option.indexOf('=');
                String name = equals < 0 ? option : option.substring(0, equals);
                String value = equals < 0 ? "" : decoded(option.substring(equals + 1));
                switch (name) {
                    case "sslmode" -> {
                        Optional<SslMode> known = sslMode(value);
                        if (known.isEmpty()) {
                            problems.add("expected sslmode disable, prefer, require, verify-ca or verify-full, got '"
                                    + value + "'");
                        }
                        sslMode = known.orElse(sslMode);
                    }
                    case "sslrootcert" -> rootCertificate = Optional.of(value);
                    default -> problems.add("expected only the options sslmode and sslrootcert, got '" + name + "'");
                }
            }
            return new Options(sslMode, rootCertificate);
        }

        private static Optional<SslMode> sslMode(String value) {
            return Stream.of(SslMode.values())
                    .filter(mode -> mode.name()
                            .toLowerCase(Locale.ROOT)
                            .replace('_', '-')
                            .equals(value))
                    .findFirst();
        }
    }
}
