package io.percolate.gateway.admin.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminTokensTest {
    private static final String SECRET = "s3cr3t-0123456789ab";
    private static final String OTHER = "0ther-0123456789abc";

    @Test
    void knowsWhoseSecretItIs() {
        AdminTokens tokens = read(Map.of(
                "GATEWAY_ADMIN_READ_TOKENS", "dashboard:" + SECRET, "GATEWAY_ADMIN_WRITE_TOKENS", "ops:" + OTHER));

        assertThat(tokens.authenticate(SECRET)).contains(new Principal("dashboard", Scope.READ));
        assertThat(tokens.authenticate(OTHER)).contains(new Principal("ops", Scope.WRITE));
        assertThat(tokens.authenticate(SECRET + "x")).isEmpty();
        assertThat(tokens.authenticate("")).isEmpty();
    }

    @Test
    void readsTokensFromAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("tokens"), "ops:" + SECRET + ",ci:" + OTHER + "\n");

        AdminTokens tokens = read(Map.of("GATEWAY_ADMIN_WRITE_TOKENS_FILE", file.toString()));

        assertThat(tokens.authenticate(OTHER)).contains(new Principal("ci", Scope.WRITE));
    }

    @Test
    void writeImpliesReadAndNotTheOtherWayRound() {
        assertThat(Scope.WRITE.implies(Scope.READ)).isTrue();
        assertThat(Scope.READ.implies(Scope.WRITE)).isFalse();
        assertThat(Scope.READ.implies(Scope.READ)).isTrue();
    }

    @Test
    void requiresAtLeastOneToken() {
        assertThatThrownBy(() -> read(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_ADMIN_WRITE_TOKENS");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    justasecretwithoutname0                       | entry 1: expected name:secret
                    :namelesssecret01234567                       | entry 1: expected name:secret
                    ops:tooShortSecret!                           | entry 1 ('ops'): the secret needs 16
                    ops:has space in the middle                   | entry 1 ('ops'): the secret needs 16
                    ops:goodSecret0123456789,                     | entry 2: expected name:secret
                    ops:goodSecret0123456789,ops:elseSecret012345 | entry 2: the name 'ops' is given twice
                    ops:goodSecret0123456789,ci:goodSecret0123456789 | entry 2 ('ci'): the secret is another token's too
                    """)
    void saysWhichEntryIsWrongAndNeverQuotesASecret(String tokens, String expected) {
        assertThatThrownBy(() -> read(Map.of("GATEWAY_ADMIN_WRITE_TOKENS", tokens)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(expected)
                .hasMessageNotContainingAny("Secret0123456789", "justasecret", "nameless", "tooShort", "middle");
    }

    @Test
    void printsNamesAndScopesOnly() {
        assertThat(read(Map.of("GATEWAY_ADMIN_WRITE_TOKENS", "ops:" + SECRET)).toString())
                .contains("ops")
                .doesNotContain(SECRET);
    }

    private static AdminTokens read(Map<String, String> variables) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(variables));
        AdminTokens tokens = AdminTokens.read(reader);
        reader.finish();
        return tokens;
    }
}
