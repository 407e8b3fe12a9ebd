package io.percolate.gateway.routing.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
    private enum Colour {
        RED,
        DARK_BLUE
    }

    @TempDir
    Path folder;

    private static ConfigReader reader(String... keysAndValues) {
        Map<String, String> environment = new java.util.HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return new ConfigReader(ConfigSource.of(environment));
    }

    private static List<String> problems(ConfigReader reader, String... foreignPrefixes) {
        ConfigException thrown = catchThrowableOfType(ConfigException.class, () -> reader.finish(foreignPrefixes));
        return thrown == null ? List.of() : thrown.problems();
    }

    private static List<String> problemsOf(String value, Consumer<ConfigReader> read) {
        ConfigReader reader = reader("GATEWAY_X", value);
        read.accept(reader);
        return problems(reader);
    }

    @Test
    void theEnvironmentGoesBeforeTheFileAndBlankCountsAsAbsent() {
        ConfigReader reader = new ConfigReader(new ConfigSource(
                Map.of("GATEWAY_A", "environment", "GATEWAY_B", " "),
                Map.of("GATEWAY_A", "file", "GATEWAY_B", "file", "GATEWAY_C", " file ")));

        assertThat(reader.text("GATEWAY_A", "default", "a")).isEqualTo("environment");
        assertThat(reader.text("GATEWAY_B", "default", "b")).isEqualTo("file");
        assertThat(reader.text("GATEWAY_C", "default", "c")).isEqualTo("file");
        assertThat(reader.text("GATEWAY_D", "default", "d")).isEqualTo("default");
        assertThat(problems(reader)).isEmpty();
    }

    @Test
    void reportsEveryProblemAtOnce() {
        ConfigReader reader = reader("GATEWAY_PORT", "http", "GATEWAY_FLAG", "maybe", "GATEWAY_OTHER", "1");
        reader.port("GATEWAY_PORT", 80, "port");
        reader.flag("GATEWAY_FLAG", true, "flag");
        reader.requiredText("GATEWAY_NAME", "its name");
        reader.requiredSecret("GATEWAY_KEY", "its key");
        reader.problem("these do not fit");

        assertThat(problems(reader))
                .containsExactly(
                        "GATEWAY_PORT: expected a port, got 'http'",
                        "GATEWAY_FLAG: expected a true or false, got 'maybe'",
                        "GATEWAY_NAME is required: its name",
                        "GATEWAY_KEY is required: its key",
                        "these do not fit",
                        "GATEWAY_OTHER is not a known key");
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "5s,5000", "2m,120000", "1h,3600000", "1d,86400000"})
    void readsDurations(String text, long millis) {
        assertThat(reader("GATEWAY_X", text)
                        .duration("GATEWAY_X", Duration.ZERO, Duration.ZERO, Duration.ofDays(1), ""))
                .isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "-5s", "1.5s", "5 s", "PT5S", "2d", "0ms", "9999999999999999s", "999999999999999d"})
    void refusesOtherDurations(String text) {
        assertThat(problemsOf(
                        text,
                        reader -> reader.duration(
                                "GATEWAY_X", Duration.ofSeconds(1), Duration.ofMillis(1), Duration.ofDays(1), "")))
                .containsExactly("GATEWAY_X: expected a duration 1ms to 1d, got '" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({"512,512", "512B,512", "64KiB,65536", "16MiB,16777216", "1GiB,1073741824"})
    void readsSizes(String text, long bytes) {
        assertThat(reader("GATEWAY_X", text).size("GATEWAY_X", 1, 1, 1 << 30, ""))
                .isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1KB", "1.5MiB", "2GiB", "999999999999999GiB", "many"})
    void refusesOtherSizes(String text) {
        assertThat(problemsOf(text, reader -> reader.size("GATEWAY_X", 1, 1, 1 << 30, "")))
                .containsExactly("GATEWAY_X: expected a size 1 to 1GiB, got '" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host/", "host:80", "http:host", "http://", "http://a b/", "//host"})
    void refusesUrlsOfOtherSchemesOrWithoutHost(String text) {
        assertThat(problemsOf(text, reader -> reader.optionalUri("GATEWAY_X", Set.of("http", "https"), "")))
                .containsExactly("GATEWAY_X: expected a URL (http, https), got '" + text + "'");
    }

    @Test
    void readsUrlsListsChoicesAndCounts() {
        ConfigReader reader = reader(
                "GATEWAY_URL", "http://under_score:80/x",
                "GATEWAY_LIST", " a, b ,,c",
                "GATEWAY_COLOUR", "Dark_Blue",
                "GATEWAY_COUNT", "7",
                "GATEWAY_FLAG", "TRUE");

        assertThat(reader.optionalUri("GATEWAY_URL", Set.of("http"), ""))
                .contains(URI.create("http://under_score:80/x"));
        assertThat(reader.list("GATEWAY_LIST", List.of(), "")).containsExactly("a", "b", "c");
        assertThat(reader.choice("GATEWAY_COLOUR", Colour.class, Colour.RED, ""))
                .isEqualTo(Colour.DARK_BLUE);
        assertThat(reader.count("GATEWAY_COUNT", 1, 1, 9, "")).isEqualTo(7);
        assertThat(reader.flag("GATEWAY_FLAG", false, "")).isTrue();
        assertThat(reader.optionalText("GATEWAY_NOTHING", "")).isEmpty();
        assertThat(problems(reader)).isEmpty();
        assertThat(problemsOf("green", r -> r.choice("GATEWAY_X", Colour.class, Colour.RED, "")))
                .containsExactly("GATEWAY_X: expected a red or dark_blue, got 'green'");
        assertThat(problemsOf("10", r -> r.count("GATEWAY_X", 1, 1, 9, "")))
                .containsExactly("GATEWAY_X: expected a number 1 to 9, got '10'");
    }

    @Test
    void aFileMustBeOneThatCanBeRead() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThat(reader("GATEWAY_X", file.toString()).optionalFile("GATEWAY_X", ""))
                .contains(file);
        for (String other : List.of(folder.toString(), folder.resolve("absent").toString(), "a\u0000b")) {
            assertThat(problemsOf(other, reader -> reader.optionalFile("GATEWAY_X", "")))
                    .singleElement()
                    .asString()
                    .startsWith("GATEWAY_X: expected a readable file");
        }
    }

    @Test
    void aSecretComesDirectlyOrInAFileAndIsNeverPrinted() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "hunter2\n");

        Optional<Secret> direct = reader("GATEWAY_KEY", "hunter2").optionalSecret("GATEWAY_KEY", "");
        Optional<Secret> inFile = reader("GATEWAY_KEY_FILE", file.toString()).optionalSecret("GATEWAY_KEY", "");

        assertThat(direct).contains(new Secret("hunter2")).isEqualTo(inFile);
        assertThat(direct.toString()).doesNotContain("hunter2");
        assertThat(reader().optionalSecret("GATEWAY_KEY", "")).isEmpty();
    }

    @Test
    void refusesASecretGivenTwiceEmptyOrUnreadable() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "\n");

        ConfigReader twice = reader("GATEWAY_KEY", "a", "GATEWAY_KEY_FILE", empty.toString());
        twice.optionalSecret("GATEWAY_KEY", "");
        assertThat(problems(twice)).first().asString().contains("not both");

        ConfigReader unreadable =
                reader("GATEWAY_KEY_FILE", folder.resolve("absent").toString());
        unreadable.requiredSecret("GATEWAY_KEY", "");
        assertThat(problems(unreadable)).singleElement().asString().contains("cannot read");

        ConfigReader blank = reader("GATEWAY_KEY_FILE", empty.toString());
        blank.requiredSecret("GATEWAY_KEY", "");
        assertThat(problems(blank)).singleElement().asString().endsWith("is empty");
    }

    @Test
    void namesTheKeyThatWasPerhapsMeant() {
        ConfigReader reader = reader("GATEWAY_JWT_ISUER", "x", "GATEWAY_NONSENSE", "x");
        reader.text("GATEWAY_JWT_USER", "", "");
        reader.text("GATEWAY_JWT_ISSUER", "", "");

        assertThat(problems(reader))
                .containsExactly(
                        "GATEWAY_JWT_ISUER is not a known key; did you mean GATEWAY_JWT_ISSUER?",
                        "GATEWAY_NONSENSE is not a known key");
    }

    @Test
    void knowsWhatBelongsToOthers() {
        ConfigReader reader = new ConfigReader(new ConfigSource(
                Map.of(
                        "PATH", "/bin",
                        "GATEWAY_ADMIN_PORT", "1",
                        "GATEWAY_SERVICE_HOST", "10.0.0.1",
                        "GATEWAY_SERVICE_PORT_HTTP", "80",
                        "GATEWAY_PORT", "tcp://10.0.0.1:80",
                        "GATEWAY_PORT_80_TCP", "tcp://10.0.0.1:80",
                        "GATEWAY_EDGE_SERVICE_HOST", "10.0.0.1",
                        "GATEWAY_EDGE_PORT_80_TCP_ADDR", "10.0.0.1"),
                Map.of("GATEWAY_ADMIN_HOST", "x")));

        assertThat(problems(reader, "GATEWAY_ADMIN_")).isEmpty();
        assertThat(problems(reader)).hasSize(2);
    }

    @Test
    void remembersEveryKeyForTheReference() {
        ConfigReader reader = reader();
        reader.duration("GATEWAY_WAIT", Duration.ofSeconds(90), Duration.ZERO, Duration.ofHours(1), "how long");
        reader.size("GATEWAY_BYTES", 64 << 10, 1, 1 << 20, "how much");
        reader.optionalSecret("GATEWAY_KEY", "the key");

        assertThat(reader.keys())
                .containsExactly(
                        new ConfigKey("GATEWAY_WAIT", "duration 0ms to 1h", "90s", "how long", false),
                        new ConfigKey("GATEWAY_BYTES", "size 1 to 1MiB", "64KiB", "how much", false),
                        new ConfigKey("GATEWAY_KEY", "secret", "", "the key", true),
                        new ConfigKey("GATEWAY_KEY_FILE", "path", "", "file that holds GATEWAY_KEY", false));
    }

    @Test
    void aKeyMayBeReadTwiceButNotDifferently() {
        ConfigReader reader = reader();
        reader.text("GATEWAY_X", "a", "x");
        reader.text("GATEWAY_X", "a", "x");

        assertThat(reader.keys()).hasSize(1);
        assertThatIllegalStateException().isThrownBy(() -> reader.text("GATEWAY_X", "b", "x"));
    }

    @Test
    void aProblemIsTheMessageOfTheException() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> reader("GATEWAY_X", "1").finish())
                .withMessage("the configuration has 1 problem:\n  GATEWAY_X is not a known key");
    }
}
