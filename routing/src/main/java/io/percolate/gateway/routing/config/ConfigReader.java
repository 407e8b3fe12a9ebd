package io.percolate.gateway.routing.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads typed values by key, remembers each key for the reference, and collects every problem until {@link #finish}.
 *
 * <p>A value that cannot be read yields its default (or a harmless stand-in), so that reading goes on and all problems
 * are reported together. Any key {@code X} may be given as {@code X_FILE} instead where the key is secret: the path of
 * a file that holds the value. Not safe for use by several threads.
 */
public final class ConfigReader {
    /** Variables that a Kubernetes Service called gateway, or gateway-something (sidecar), puts into the environment. */
    private static final Pattern SERVICE_LINK = Pattern.compile(
            "[A-Z]+_(?:\\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\\w+)?|PORT_\\d+_(?:TCP|UDP|SCTP)(?:_ADDR|_PORT|_PROTO)?)");

    private static final Pattern SERVICE_URL = Pattern.compile("(?:tcp|udp|sctp)://.*");

    private final ConfigSource source;
    private final Map<String, ConfigKey> keys = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> ownPrefixes = new ArrayList<>(List.of("GATEWAY_"));

    public ConfigReader(ConfigSource source) {
        this.source = source;
    }

    /** A text; blank counts as absent. */
    public String text(String key, String defaultValue, String description) {
        return read(key, "text", defaultValue, defaultValue, description, Optional::of);
    }

    /** A text that must be given. */
    public String requiredText(String key, String description) {
        Optional<String> value = raw(register(key, "text", "", description, false));
        if (value.isEmpty()) {
            problems.add(key + " is required: " + description);
        }
        return value.orElse("");
    }

    public Optional<String> optionalText(String key, String description) {
        return raw(register(key, "text", "", description, false));
    }

    /** A value that is never printed, given as {@code key} or in the file that {@code key_FILE} names. */
    public Optional<Secret> optionalSecret(String key, String description) {
        ConfigKey direct = register(key, "secret", "", description, true);
        ConfigKey inFile = register(key + "_FILE", "path", "", "file that holds " + key, false);
        Optional<String> value = raw(direct);
        Optional<String> path = raw(inFile);
        if (value.isPresent() && path.isPresent()) {
            problems.add("give either " + key + " or " + inFile.name() + ", not both");
        }
        return path.isPresent() ? secretIn(path.get(), inFile.name()) : value.map(Secret::new);
    }

    /** The file that a secret, which has been read before, came from; for secrets that may change while we run. */
    public Optional<Path> secretFile(String key) {
        return keys().stream()
                .filter(known -> known.name().equals(key + "_FILE"))
                .findFirst()
                .flatMap(this::raw)
                .flatMap(ValueText::parsePath);
    }

    private Optional<Secret> secretIn(String path, String key) {
        try {
            String text = Files.readString(Path.of(path)).strip();
            if (text.isEmpty()) {
                problems.add(key + ": '" + path + "' is empty");
                return Optional.empty();
            }
            return Optional.of(new Secret(text));
        } catch (IOException | InvalidPathException unreadable) {
            problems.add(key + ": cannot read '" + path + "': " + unreadable);
            return Optional.empty();
        }
    }

    public Secret requiredSecret(String key, String description) {
        int before = problems.size();
        return optionalSecret(key, description).orElseGet(() -> {
            if (problems.size() == before) {
                problems.add(key + " is required: " + description);
            }
            return new Secret("");
        });
    }

    public boolean flag(String key, boolean defaultValue, String description) {
        return read(
                key,
                "true or false",
                String.valueOf(defaultValue),
                defaultValue,
                description,
                text -> switch (text.toLowerCase(Locale.ROOT)) {
                    case "true" -> Optional.of(true);
                    case "false" -> Optional.of(false);
                    default -> Optional.empty();
                });
    }

    public int port(String key, int defaultValue, String description) {
        return (int) number(key, "port", defaultValue, 0, 65_535, description);
    }

    public int count(String key, int defaultValue, int min, int max, String description) {
        return (int) number(key, "number " + min + " to " + max, defaultValue, min, max, description);
    }

    /** A duration such as {@code 500ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 60d}. */
    public Duration duration(String key, Duration defaultValue, Duration min, Duration max, String description) {
        String form = "duration " + ValueText.print(min) + " to " + ValueText.print(max);
        return read(
                key,
                form,
                ValueText.print(defaultValue),
                defaultValue,
                description,
                text -> ValueText.parseDuration(text)
                        .filter(value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0));
    }

    /** A size in bytes such as {@code 512}, {@code 64KiB}, {@code 16MiB}, {@code 1GiB}. */
    public long size(String key, long defaultBytes, long minBytes, long maxBytes, String description) {
        String form = "size " + ValueText.printSize(minBytes) + " to " + ValueText.printSize(maxBytes);
        return read(
                key,
                form,
                ValueText.printSize(defaultBytes),
                defaultBytes,
                description,
                text -> ValueText.parseSize(text).filter(value -> value >= minBytes && value <= maxBytes));
    }

    public Optional<URI> optionalUri(String key, Set<String> schemes, String description) {
        String form = "URL (" + String.join(", ", new TreeSet<>(schemes)) + ")";
        return raw(register(key, form, "", description, false)).flatMap(text -> {
            Optional<URI> uri = ValueText.parseUri(text)
                    .filter(u ->
                            u.getScheme() != null && schemes.contains(u.getScheme()) && u.getRawAuthority() != null);
            if (uri.isEmpty()) {
                problems.add(key + ": expected a " + form + ", got '" + text + "'");
            }
            return uri;
        });
    }

    public Optional<Path> optionalFile(String key, String description) {
        return raw(register(key, "path of a readable file", "", description, false))
                .flatMap(text -> {
                    Optional<Path> path =
                            ValueText.parsePath(text).filter(p -> Files.isReadable(p) && !Files.isDirectory(p));
                    if (path.isEmpty()) {
                        problems.add(key + ": expected a readable file, got '" + text + "'");
                    }
                    return path;
                });
    }

    /** Texts parted by commas; in a file also a YAML list. */
    public List<String> list(String key, List<String> defaultValue, String description) {
        return read(
                key,
                "list",
                String.join(",", defaultValue),
                defaultValue,
                description,
                text -> Optional.of(Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(t -> !t.isEmpty())
                        .toList()));
    }

    public <E extends Enum<E>> E choice(String key, Class<E> type, E defaultValue, String description) {
        Map<String, E> choices = Stream.of(type.getEnumConstants())
                .collect(Collectors.toMap(
                        e -> e.name().toLowerCase(Locale.ROOT), e -> e, (a, b) -> a, LinkedHashMap::new));
        return read(
                key,
                String.join(" or ", choices.keySet()),
                defaultValue.name().toLowerCase(Locale.ROOT),
                defaultValue,
                description,
                text -> Optional.ofNullable(choices.get(text.toLowerCase(Locale.ROOT))));
    }

    /** Reports a problem that shows only when several values are seen together. */
    public void problem(String text) {
        problems.add(text);
    }

    /** Makes variables that begin so this process's own, beside those that begin with {@code GATEWAY_}. */
    public void own(String prefix) {
        ownPrefixes.add(prefix);
    }

    /** The keys read so far, in order of reading. */
    public List<ConfigKey> keys() {
        return List.copyOf(keys.values());
    }

    /**
     * Ends the reading: throws {@link ConfigException} with every problem, unknown keys included.
     *
     * @param foreignPrefixes prefixes of keys that belong to other processes and may stand in a shared environment or
     *     file
     */
    public void finish(String... foreignPrefixes) {
        Set<String> unknown = new TreeSet<>();
        // Who reads the management process's own keys knows them all.
        boolean readsManagement = keys.keySet().stream()
                .anyMatch(key -> key.startsWith("MANAGEMENT_") && !key.startsWith("MANAGEMENT_DB_"));
        source.environment().keySet().stream()
                .filter(name -> (ownPrefixes.stream().anyMatch(name::startsWith)
                                || (readsManagement && name.startsWith("MANAGEMENT_")))
                        && !isServiceLink(name))
                .forEach(unknown::add);
        unknown.addAll(source.file().keySet());
        unknown.removeAll(keys.keySet());
        unknown.removeIf(name -> Stream.of(foreignPrefixes).anyMatch(name::startsWith));
        unknown.forEach(name -> problems.add(name + " is not a known key" + nearest(name)));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private boolean isServiceLink(String name) {
        return SERVICE_LINK.matcher(name).matches()
                || (name.endsWith("_PORT")
                        && SERVICE_URL
                                .matcher(source.environment().getOrDefault(name, ""))
                                .matches());
    }

    private long number(String key, String form, long defaultValue, long min, long max, String description) {
        return read(key, form, String.valueOf(defaultValue), defaultValue, description, text -> {
            try {
                long value = Long.parseLong(text);
                return value >= min && value <= max ? Optional.of(value) : Optional.empty();
            } catch (NumberFormatException notNumber) {
                return Optional.empty();
            }
        });
    }

    private <T> T read(
            String key,
            String form,
            String defaultText,
            T defaultValue,
            String description,
            Function<String, Optional<T>> parse) {
        return raw(register(key, form, defaultText, description, false))
                .map(text -> parse.apply(text).orElseGet(() -> {
                    problems.add(key + ": expected a " + form + ", got '" + text + "'");
                    return defaultValue;
                }))
                .orElse(defaultValue);
    }

    private ConfigKey register(String key, String form, String defaultText, String description, boolean secret) {
        ConfigKey registered = new ConfigKey(key, form, defaultText, description, secret);
        ConfigKey earlier = keys.putIfAbsent(key, registered);
        if (earlier != null && !earlier.equals(registered)) {
            throw new IllegalStateException(key + " is read twice, differently");
        }
        return registered;
    }

    private Optional<String> raw(ConfigKey key) {
        String value = source.environment().get(key.name());
        if (value == null || value.isBlank()) {
            value = source.file().get(key.name());
        }
        return Optional.ofNullable(value).map(String::strip).filter(text -> !text.isEmpty());
    }

    private String nearest(String name) {
        return keys.keySet().stream()
                .filter(known -> known.startsWith(name) || name.startsWith(known) || distance(known, name) <= 3)
                .min(Comparator.comparingInt(known -> distance(known, name)))
                .map(known -> "; did you mean " + known + "?")
                .orElse("");
    }

    /** Levenshtein distance, for the hint only. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
