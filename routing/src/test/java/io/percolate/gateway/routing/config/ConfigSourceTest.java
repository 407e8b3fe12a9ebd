package io.percolate.gateway.routing.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigSourceTest {
    @TempDir
    Path folder;

    private Map<String, String> load(String yaml) throws IOException {
        return ConfigSource.load(Map.of(), Files.writeString(folder.resolve("gateway.yaml"), yaml))
                .file();
    }

    @Test
    void readsPlainValuesAndListsOfThem() throws IOException {
        assertThat(load("GATEWAY_A: text\nGATEWAY_B: 8080\nGATEWAY_C: true\nGATEWAY_D: [a, b]\nGATEWAY_E: '007'\n"))
                .isEqualTo(Map.of(
                        "GATEWAY_A", "text",
                        "GATEWAY_B", "8080",
                        "GATEWAY_C", "true",
                        "GATEWAY_D", "a,b",
                        "GATEWAY_E", "007"));
        assertThat(load("")).isEmpty();
        assertThat(load("# only a comment\n")).isEmpty();
        assertThat(ConfigSource.load(Map.of("A", "b"), null)).isEqualTo(ConfigSource.of(Map.of("A", "b")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "- a|must be a map",
                "text|must be a map",
                "'GATEWAY_A: {b: c}'|plain value",
                "'GATEWAY_A: [[b]]'|plain value",
                "'GATEWAY_A:'|no value",
                "'GATEWAY_A: [b'|not valid YAML",
                "'{GATEWAY_A: b, GATEWAY_A: c}'|not valid YAML",
                "'GATEWAY_A: !!java.net.URL [x]'|not valid YAML",
            })
    void namesTheFileAndWhatIsWrong(String yaml, String expected) {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> load(yaml))
                .withMessageContaining("gateway.yaml")
                .withMessageContaining(expected);
    }

    @Test
    void namesTheFileThatCannotBeReadOrIsNotText() throws IOException {
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {'a', ':', ' ', (byte) 0xc3, (byte) 0x28});

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigSource.load(Map.of(), folder.resolve("absent.yaml")))
                .withMessageContaining("cannot be read");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigSource.load(Map.of(), binary))
                .withMessageContaining("binary.yaml");
    }
}
