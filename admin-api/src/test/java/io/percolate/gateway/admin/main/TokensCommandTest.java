package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Revoking by hand, against a running management process. */
class TokensCommandTest {
    private static RunningManagement management;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    private static Run run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--url", "http://127.0.0.1:" + management.port()));
        return CommandLines.run(
                ManagementMain.commandLine(Map.of("PERCOLATE_ADMIN_TOKEN", RunningManagement.WRITER)),
                all.toArray(String[]::new));
    }

    private static String token(String claims) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return "e30." + encoder.encodeToString(claims.getBytes(StandardCharsets.UTF_8)) + ".c2ln";
    }

    @Test
    void revokesATokenByItsOwnClaimsUntilItHasExpired() {
        Instant expiry =
                Instant.ofEpochSecond(Instant.now().plus(Duration.ofHours(3)).getEpochSecond());

        Run revoked = run(
                "tokens",
                "revoke",
                "--token",
                token("{\"jti\":\"by-token\",\"iss\":\"https://a.example\",\"exp\":" + expiry.getEpochSecond() + "}"),
                "--reason",
                "stolen");

        assertThat(revoked.exitCode()).as(revoked.err()).isZero();
        assertThat(revoked.out()).contains("token 'by-token' of https://a.example", "(stolen)");
        assertThat(management.value("SELECT issuer || ' ' || (expires_at > '" + expiry
                        + "'::timestamptz) || ' ' || (expires_at < now() + interval '4 hours')"
                        + " FROM token_revocations WHERE value = 'by-token'"))
                .isEqualTo("https://a.example true true");
    }

    @Test
    void listsAndLiftsWhatIsRevoked() {
        for (int i = 0; i < 101; i++) {
            management
                    .database()
                    .execute("INSERT INTO token_revocations (kind, value, expires_at) VALUES ('token', 'many-" + i
                            + "', now() + interval '1 hour')");
        }
        Run session = run("tokens", "revoke", "--sid", "session-1");
        assertThat(run("tokens", "revoke", "--jti", "jti-1").exitCode()).isZero();

        Run listed = run("tokens", "list");
        assertThat(listed.out()).contains("session 'session-1'", "token 'jti-1'", "'many-0'", "'many-100'");

        String id = session.out().substring("revoked ".length()).split(" ")[0];
        assertThat(run("tokens", "lift", id).exitCode()).isZero();
        assertThat(run("tokens", "list").out()).doesNotContain("session-1").contains("jti-1");
        Run again = run("tokens", "lift", id);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("404", id);
    }

    @Test
    void revokesAWholeTenantBySuspendingIt() {
        String tenant = management.newTenant("C");

        Run suspended = run("tokens", "revoke", "--tenant", tenant);

        assertThat(suspended.exitCode()).as(suspended.err()).isZero();
        assertThat(management.value("SELECT status FROM tenants WHERE id = '" + tenant + "'"))
                .isEqualTo("suspended");
        assertThat(run("tokens", "revoke", "--tenant", tenant, "--issuer", "x").exitCode())
                .isEqualTo(2);
    }

    @Test
    void saysWhatIsWrong(@TempDir Path folder) throws IOException {
        assertThat(run("tokens", "revoke").exitCode()).isEqualTo(2);
        assertThat(run("tokens", "revoke", "--jti", "a", "--sid", "b").exitCode())
                .isEqualTo(2);
        assertThat(run("tokens", "revoke", "--tenant", "x").exitCode()).isEqualTo(2);
        for (String token : List.of("x", "a.b", "a.!.c", token("[]"), token("{}"))) {
            assertThat(run("tokens", "revoke", "--token", token).exitCode())
                    .as(token)
                    .isEqualTo(2);
        }

        Path file = Files.writeString(folder.resolve("token"), RunningManagement.READER + "\n");
        Run forbidden = run("tokens", "revoke", "--jti", "a", "--admin-token-file", file.toString());
        assertThat(forbidden.exitCode()).isEqualTo(1);
        assertThat(forbidden.err()).contains("403");

        Run unreachable = CommandLines.run(
                ManagementMain.commandLine(Map.of("PERCOLATE_ADMIN_TOKEN", "x")),
                "tokens",
                "list",
                "--url",
                "http://127.0.0.1:1");
        assertThat(unreachable.exitCode()).isEqualTo(1);
        assertThat(unreachable.err()).contains("cannot be asked");

        Run tokenless = CommandLines.run(ManagementMain.commandLine(Map.of()), "tokens", "list");
        assertThat(tokenless.err()).contains("PERCOLATE_ADMIN_TOKEN");
    }
}
