package io.percolate.gateway.routing.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigReferenceTest {
    @Test
    void rendersEachSectionAsATable() {
        ConfigReference reference = new ConfigReference(new ConfigReader(ConfigSource.of(Map.of())));

        reference.section("Door", reader -> {
            reader.port("GATEWAY_DOOR_PORT", 8080, "where it | listens");
            reader.optionalSecret("GATEWAY_DOOR_KEY", "opens it");
        });

        assertThat(reference.markdown()).isEqualTo("""
                ## Door

                | key | value | default | meaning |
                | --- | --- | --- | --- |
                | `GATEWAY_DOOR_PORT` | port | `8080` | where it \\| listens |
                | `GATEWAY_DOOR_KEY` | secret |  | opens it |
                | `GATEWAY_DOOR_KEY_FILE` | path |  | file that holds GATEWAY_DOOR_KEY |
                """);
    }

    @Test
    void aKeyReadByTwoModulesStandsInTheFirstSectionOnly() {
        ConfigReference reference = new ConfigReference(new ConfigReader(ConfigSource.of(Map.of())));

        reference.section("First", reader -> reader.text("GATEWAY_SHARED", "x", "both read it"));
        reference.section("Second", reader -> reader.text("GATEWAY_SHARED", "x", "both read it"));

        assertThat(reference.sections())
                .extracting(ConfigReference.Section::title)
                .containsExactly("First");
    }

    @Test
    void showsEffectiveValuesAndWhereTheyCameFromButNoSecret() {
        ConfigSource source = new ConfigSource(
                Map.of("GATEWAY_TOKEN", "hunter2", "GATEWAY_URL", "redis://user:hunter2@host/0"),
                Map.of("GATEWAY_PORT", "9"));
        ConfigReference reference = new ConfigReference(new ConfigReader(source));
        reference.section("All", reader -> {
            reader.optionalSecret("GATEWAY_TOKEN", "a secret");
            reader.text("GATEWAY_URL", "", "a URL");
            reader.port("GATEWAY_PORT", 1, "a port");
            reader.text("GATEWAY_NAME", "none", "a name");
            reader.optionalText("GATEWAY_NICKNAME", "another name");
        });

        assertThat(reference.effective(source)).isEqualTo("""
                        # All
                        GATEWAY_TOKEN: <redacted>  # from the environment
                        GATEWAY_TOKEN_FILE: (not set)
                        GATEWAY_URL: redis://user:<redacted>@host/0  # from the environment
                        GATEWAY_PORT: 9  # from the file
                        GATEWAY_NAME: none
                        GATEWAY_NICKNAME: (not set)
                        """).doesNotContain("hunter2");
    }
}
