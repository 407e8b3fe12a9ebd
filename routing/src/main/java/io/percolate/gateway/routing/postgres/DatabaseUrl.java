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
 * A connection URI as libpq reads it: {@code postgresql://user:password@host:port,host:port/database?sslmode=...}.
 *
 * <p>User, password and database are percent-decoded. Source: PostgreSQL manual, "Connection URIs".
 */
record DatabaseUrl(
        List<DatabaseHost> hosts,
        String database,
        String user,
        Optional<String> password,
        SslMode sslMode,
        Optional<String> sslRootCertificate,
        boolean writable) {

    /** The URL, or each problem with it; problems never quote the credentials. */
    sealed interface Parsed {
        record Valid(DatabaseUrl url) implements Parsed {}

        record Invalid(List<String> problems) implements Parsed {}
    }

    static Parsed parse(String text) {
        // Several hosts, or addresses in brackets among them, are no authority to java.net.URI: one stands in for them.
        int begin = text.indexOf("://") + 3;
        int slash = begin < 3 ? -1 : text.indexOf('/', begin);
        String authority = begin < 3 ? "" : text.substring(begin, slash < 0 ? text.length() : slash);
        int at = authority.lastIndexOf('@');
        URI uri;
        try {
            uri = new URI(
                    begin < 3
                            ? text
                            : text.substring(0, begin + at + 1) + "host" + text.substring(begin + authority.length()));
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
        List<DatabaseHost> hosts = hosts(authority.substring(at + 1), problems);
        String userInfo = at < 0 ? null : authority.substring(0, at);
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
                hosts,
                decoded(path.substring(1)),
                decoded(colon < 0 ? userInfo : userInfo.substring(0, colon)),
                colon < 0 ? Optional.empty() : Optional.of(decoded(userInfo.substring(colon + 1))),
                options.sslMode(),
                options.sslRootCertificate(),
                options.writable().orElse(hosts.size() > 1)));
    }

    private static List<DatabaseHost> hosts(String text, List<String> problems) {
        List<DatabaseHost> hosts = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Optional<DatabaseHost> host = DatabaseHost.parse(one);
            host.ifPresentOrElse(
                    hosts::add,
                    () -> problems.add(
                            "expected hosts after the credentials, as host:port,host:port, got '" + one + "'"));
        }
        return hosts;
    }

    /** A plus is a plus in a URL's path and credentials; only forms read it as a space. */
    private static String decoded(String raw) {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private record Options(SslMode sslMode, Optional<String> sslRootCertificate, Optional<Boolean> writable) {
        static Options parse(@Nullable String query, List<String> problems) {
            SslMode sslMode = SslMode.PREFER;
            Optional<String> rootCertificate = Optional.empty();
            Optional<Boolean> writable = Optional.empty();
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
                    case "target_session_attrs" -> {
                        if (!List.of("any", "read-write", "primary").contains(value)) {
                            problems.add(
                                    "expected target_session_attrs any, read-write or primary, got '" + value + "'");
                        }
                        writable = Optional.of(!value.equals("any"));
                    }
                    default ->
                        problems.add("expected only the options sslmode, sslrootcert and target_session_attrs, got '"
                                + name + "'");
                }
            }
            return new Options(sslMode, rootCertificate, writable);
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
