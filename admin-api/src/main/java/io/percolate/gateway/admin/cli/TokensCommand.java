package io.percolate.gateway.admin.cli;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code tokens}: makes every gateway refuse tokens before their time, by the management process. */
@Command(
        name = "tokens",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Makes every gateway refuse a token, a session, or all of a tenant, a moment after.",
            "",
            "  tokens revoke --token - < token",
            "  tokens revoke --sid 5f0c... --reason stolen",
            "  tokens list"
        })
public final class TokensCommand {
    private TokensCommand() {}

    /** With its subcommands, reading these variables. */
    public static CommandLine commandLine(Map<String, String> variables) {
        return new CommandLine(new TokensCommand())
                .addSubcommand(new Revoke(new ManagementApi(variables)))
                .addSubcommand(new ListAll(new ManagementApi(variables)))
                .addSubcommand(new Lift(new ManagementApi(variables)));
    }

    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Refuses a token, a session's tokens, or (suspending it) all of a tenant.")
    @SuppressWarnings("NullAway.Init") // picocli sets the fields.
    static final class Revoke implements Callable<Integer> {
        private static final int TOKEN_BYTES_MAX = 64 << 10;

        @Spec
        private CommandSpec spec;

        @Mixin
        private final ManagementApi api;

        @ArgGroup(multiplicity = "1")
        private Subject subject;

        @Option(names = "--issuer", paramLabel = "ISS", description = "only tokens of this iss; of any when absent")
        private @Nullable String issuer;

        @Option(names = "--reason", paramLabel = "TEXT", description = "why, for the audit log")
        private @Nullable String reason;

        @Option(
                names = "--token-expires-at",
                paramLabel = "TIME",
                description = "the latest exp of the tokens, e.g. 2026-03-01T12:00:00Z; 30 days from now when absent")
        private @Nullable Instant tokenExpiresAt;

        static final class Subject {
            @Option(
                    names = "--token",
                    paramLabel = "TOKEN",
                    description = "the token itself, by its jti, iss and exp; - reads it from the standard input. It is"
                            + " not sent anywhere")
            private @Nullable String token;

            @Option(names = "--jti", paramLabel = "JTI", description = "the token with this jti")
            private @Nullable String jti;

            @Option(names = "--sid", paramLabel = "SID", description = "all tokens of the session with this sid")
            private @Nullable String sid;

            @Option(
                    names = "--tenant",
                    paramLabel = "ID",
                    description = "all tokens of this tenant, which is suspended by it")
            private @Nullable String tenant;
        }

        Revoke(ManagementApi api) {
            this.api = api;
        }

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            if (subject.tenant != null) {
                suspend(subject.tenant, out);
            } else {
                JsonNode done = api.ask("POST", "/v1/revocations", body());
                out.println("revoked " + told(done));
            }
            return ExitCode.DONE;
        }

        private void suspend(String text, PrintWriter out) {
            TenantId tenant =
                    TenantId.parse(text).orElseThrow(() -> usage("--tenant: expected a UUID, got '" + text + "'"));
            if (issuer != null || tokenExpiresAt != null || reason != null) {
                throw usage("--tenant goes without --issuer, --reason and --token-expires-at");
            }
            api.ask("PATCH", "/v1/tenants/" + tenant, object().put("status", "suspended"));
            out.println("suspended tenant " + tenant
                    + "; its tokens are accepted again once its status is active (PATCH /v1/tenants/" + tenant + ")");
        }

        private ObjectNode body() {
            ObjectNode body = object();
            if (subject.token != null) {
                ofToken(subject.token, body);
            } else if (subject.jti != null) {
                body.put("token_id", subject.jti);
            } else {
                body.put("session", subject.sid);
            }
            if (issuer != null) {
                body.put("issuer", issuer);
            }
            if (reason != null) {
                body.put("reason", reason);
            }
            if (tokenExpiresAt != null) {
                body.put("token_expires_at", tokenExpiresAt.toString());
            }
            return body;
        }

        /** Whether its signature holds does not matter: who may revoke may revoke any jti. */
        private void ofToken(String given, ObjectNode body) {
            JsonNode claims = claims(given.equals("-") ? standardInput() : given);
            String jti = claims.path("jti").asString("");
            if (jti.isEmpty()) {
                throw usage("--token: it has no jti to revoke it by; revoke its session by --sid, or its tenant");
            }
            body.put("token_id", jti);
            if (claims.path("iss").isString()) {
                body.put("issuer", claims.path("iss").stringValue());
            }
            if (claims.path("exp").isNumber()) {
                body.put(
                        "token_expires_at",
                        Instant.ofEpochSecond(
                                        (long) Math.ceil(claims.path("exp").doubleValue()))
                                .toString());
            }
        }

        private JsonNode claims(String token) {
            String[] parts = token.split("\\.", -1);
            try {
                if (parts.length == 3) {
                    JsonNode claims =
                            JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(parts[1]));
                    if (claims.isObject()) {
                        return claims;
                    }
                }
            } catch (IllegalArgumentException | JacksonException unreadable) {
                throw usage("--token: expected a signed JWT, got a text that cannot be read as one");
            }
            throw usage("--token: expected a signed JWT of three parts, got " + parts.length);
        }

        private static String standardInput() {
            try {
                return new String(System.in.readNBytes(TOKEN_BYTES_MAX), StandardCharsets.UTF_8).strip();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }

        private static ObjectNode object() {
            return JsonMapper.shared().createObjectNode();
        }

        private ParameterException usage(String message) {
            return new ParameterException(spec.commandLine(), message);
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Prints what is revoked now, one revocation a line, oldest first.")
    @SuppressWarnings("NullAway.Init") // picocli sets the fields.
    static final class ListAll implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private final ManagementApi api;

        ListAll(ManagementApi api) {
            this.api = api;
        }

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            String cursor = "";
            do {
                JsonNode page = api.ask(
                        "GET",
                        "/v1/revocations?limit=100"
                                + (cursor.isEmpty()
                                        ? ""
                                        : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8)),
                        null);
                page.path("items").forEach(item -> out.println(told(item)));
                cursor = page.path("next_cursor").asString("");
            } while (!cursor.isEmpty());
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "lift",
            mixinStandardHelpOptions = true,
            description = "Lifts a revocation: its tokens are accepted again if they are still good.")
    @SuppressWarnings("NullAway.Init") // picocli sets the fields.
    static final class Lift implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private final ManagementApi api;

        @Parameters(paramLabel = "ID", description = "as 'tokens list' prints it")
        private UUID id;

        Lift(ManagementApi api) {
            this.api = api;
        }

        @Override
        public Integer call() {
            api.ask("DELETE", "/v1/revocations/" + id, null);
            spec.commandLine().getOut().println("lifted " + id);
            return ExitCode.DONE;
        }
    }

    private static String told(JsonNode revocation) {
        String issuer = revocation.path("issuer").asString("");
        String reason = revocation.path("reason").asString("");
        return revocation.path("id").asString("") + "  "
                + revocation.path("kind").asString("") + " '"
                + revocation.path("value").asString("") + "'"
                + (issuer.isEmpty() ? "" : " of " + issuer)
                + " until " + revocation.path("expires_at").asString("")
                + (reason.isEmpty() ? "" : "  (" + reason + ")");
    }
}
