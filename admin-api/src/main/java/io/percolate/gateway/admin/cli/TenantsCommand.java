package io.percolate.gateway.admin.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

/** {@code tenants}: asks a running management process to wake or evict tenants. */
@Command(
        name = "tenants",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Wakes, evicts and moves tenants, through a running management process.",
            "",
            "  tenants wake 3f0c... --url http://localhost:8090 --admin-token-file admin-token",
            "  tenants evict 3f0c... --to cold",
            "  tenants move 3f0c... --to-pod tier-b-2"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class TenantsCommand {
    private static final String TOKEN_VARIABLE = "PERCOLATE_ADMIN_TOKEN";
    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
    private static final Duration ANSWER_MAX = Duration.ofMinutes(10);
    private static final int OK = 200;

    private final Map<String, String> variables;

    @Spec
    private CommandSpec spec;

    public TenantsCommand(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    /** Where the management process is, and who asks. */
    static final class Server {
        @Option(
                names = "--url",
                defaultValue = "http://127.0.0.1:8090",
                description = "the management API; default ${DEFAULT-VALUE}")
        private URI url;

        @Option(
                names = "--admin-token-file",
                paramLabel = "FILE",
                description = "a file with an admin token; else the variable " + TOKEN_VARIABLE)
        private @Nullable Path tokenFile;
    }

    @Command(name = "wake", mixinStandardHelpOptions = true, description = "Brings tenants into pods, one by one.")
    int wake(@Parameters(paramLabel = "TENANT", arity = "1..*") List<String> tenants, @Mixin Server server) {
        return each(tenants, server, "/wake");
    }

    @Command(
            name = "evict",
            mixinStandardHelpOptions = true,
            description = "Takes tenants out of memory, or out of their pods, one by one.")
    int evict(
            @Parameters(paramLabel = "TENANT", arity = "1..*") List<String> tenants,
            @Option(names = "--to", defaultValue = "WARM", description = "warm or cold; default warm") Target to,
            @Mixin Server server) {
        return each(tenants, server, "/evict?to=" + to.name().toLowerCase(Locale.ROOT));
    }

    /** Where an eviction ends. */
    enum Target {
        WARM,
        COLD
    }

    private int each(List<String> tenants, Server server, String action) {
        PrintWriter out = spec.commandLine().getOut();
        String token = token(server);
        boolean all = true;
        try (HttpClient http =
                HttpClient.newBuilder().connectTimeout(CONNECT_MAX).build()) {
            for (String tenant : tenants) {
                HttpResponse<String> answer = post(http, server.url.resolve("/v1/tenants/" + tenant + action), token);
                JsonNode body = json(answer.body());
                boolean done = answer.statusCode() == OK;
                all &= done;
                out.println(
                        done
                                ? tenant + "  " + body.path("residency").asString("?") + "  epoch "
                                        + body.path("epoch").asString("?") + "  "
                                        + body.path("placement").path("pod").asString("no pod")
                                : tenant + "  failed (" + answer.statusCode() + "): "
                                        + body.path("detail").asString(answer.body()));
                out.flush();
            }
        }
        return all ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static HttpResponse<String> post(HttpClient http, URI uri, String token) {
        try {
            return http.send(
                    HttpRequest.newBuilder(uri)
                            .timeout(ANSWER_MAX)
                            .header("Authorization", "Bearer " + token)
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException away) {
            throw new CommandFailure(
                    "the management process at " + uri.getAuthority() + " does not answer: " + away, away);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted", ended);
        }
    }

    private String token(Server server) {
        if (server.tokenFile != null) {
            try {
                return Files.readString(server.tokenFile).strip();
            } catch (IOException unreadable) {
                throw new CommandFailure(
                        "cannot read " + server.tokenFile + ": " + unreadable.getMessage(), unreadable);
            }
        }
        String given = variables.get(TOKEN_VARIABLE);
        if (given == null || given.isBlank()) {
            throw new ParameterException(
                    spec.commandLine(), "expected --admin-token-file or the variable " + TOKEN_VARIABLE);
        }
        return given.strip();
    }

    private static JsonNode json(String text) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException notJson) {
            return JsonMapper.shared().createObjectNode();
        }
    }
}
