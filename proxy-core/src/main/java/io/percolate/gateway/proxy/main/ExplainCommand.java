package io.percolate.gateway.proxy.main;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks a running gateway what it would do with a token, or where a tenant lives and why. */
@Command(
        name = "explain",
        description = {
            "Ask a running gateway what it would do with a token, or with a tenant, and why.",
            "",
            "Exits with 0 when a request would be served, 3 when it would be refused, 1 when the gateway cannot be"
                    + " asked."
        },
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String STANDARD_INPUT = "-";
    private static final int TOKEN_BYTES_MAX = 64 << 10;

    /** A token or a tenant. */
    static final class Subject {
        @Option(
                names = "--token",
                paramLabel = "TOKEN",
                required = true,
                description = "The token; - reads it from the standard input, where no list of processes shows it.")
        private @Nullable String token;

        @Option(names = "--tenant", paramLabel = "UUID", required = true, description = "The tenant.")
        private @Nullable String tenant;
    }

    @ArgGroup(multiplicity = "1")
    private @Nullable Subject subject;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The gateway's ops listener; by default this machine's, at GATEWAY_OPS_PORT or 9090.")
    private @Nullable URI url;

    @Option(
            names = "--ops-token-file",
            paramLabel = "FILE",
            description = "File that holds the ops listener's token; by default GATEWAY_OPS_TOKEN is used, if set.")
    private @Nullable Path opsTokenFile;

    @Option(names = "--method", defaultValue = "GET", description = "Method of the request (default: GET).")
    private String method = "GET";

    @Option(names = "--path", defaultValue = "/", description = "Path of the request (default: /).")
    private String path = "/";

    @Option(
            names = "--content-type",
            paramLabel = "TYPE",
            description = "Content type of the request's body; rules for cold tenants may go by it.")
    private @Nullable String contentType;

    @Option(names = "--json", description = "Print the gateway's answer as it is.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    private final Map<String, String> environment;

    ExplainCommand() {
        this(System.getenv());
    }

    ExplainCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        URI ops = base();
        try {
            return ask(ops);
        } catch (IllegalArgumentException unfit) {
            err.println("the request cannot be made: " + unfit.getMessage());
            return ExitCode.USAGE;
        } catch (IOException unreachable) {
            err.println("the ops listener at " + ops + " cannot be asked: "
                    + Objects.requireNonNullElse(
                            unreachable.getMessage(), unreachable.getClass().getSimpleName()));
            return ExitCode.FAILED;
        }
    }

    private int ask(URI ops) throws IOException, InterruptedException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpResponse<String> answer = client.send(question(ops), BodyHandlers.ofString(StandardCharsets.UTF_8));
            JsonNode view = read(answer.body());
            if (answer.statusCode() != 200 || view == null) {
                err.println("the ops listener at " + ops + " answered " + answer.statusCode()
                        + (view == null ? "" : ": " + view.path("detail").asString("")));
                return ExitCode.FAILED;
            }
            out.print(json ? answer.body() : new ExplainText().of(view));
            out.flush();
            return isServed(view) ? ExitCode.OK : ExitCode.REFUSED;
        }
    }

    private HttpRequest question(URI ops) throws IOException {
        Subject asked = Objects.requireNonNull(subject);
        HttpRequest.Builder question = HttpRequest.newBuilder().timeout(TIMEOUT);
        Optional<String> secret = opsToken();
        secret.ifPresent(token -> question.header("Authorization", "Bearer " + token));
        if (asked.tenant != null) {
            return question.uri(ops.resolve("/routes/" + asked.tenant + "?method=" + encoded(method) + "&path="
                            + encoded(path) + (contentType == null ? "" : "&content_type=" + encoded(contentType))))
                    .GET()
                    .build();
        }
        ObjectNode body = JsonMapper.shared()
                .createObjectNode()
                .put("token", token(Objects.requireNonNull(asked.token)))
                .put("method", method)
                .put("path", path);
        if (contentType != null) {
            body.put("content_type", contentType);
        }
        return question.uri(ops.resolve("/explain"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()))
                .build();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String token(String given) throws IOException {
        return given.equals(STANDARD_INPUT)
                ? new String(System.in.readNBytes(TOKEN_BYTES_MAX), StandardCharsets.UTF_8).strip()
                : given;
    }

    private Optional<String> opsToken() throws IOException {
        if (opsTokenFile != null) {
            return Optional.of(Files.readString(opsTokenFile).strip());
        }
        return Optional.ofNullable(environment.get("GATEWAY_OPS_TOKEN")).filter(text -> !text.isBlank());
    }

    private URI base() {
        if (url != null) {
            return url;
        }
        String port = environment.getOrDefault("GATEWAY_OPS_PORT", "9090");
        return URI.create("http://127.0.0.1:" + port);
    }

    private static @Nullable JsonNode read(String body) {
        try {
            JsonNode read = JsonMapper.shared().readTree(body);
            return read != null && read.isObject() ? read : null;
        } catch (JacksonException noJson) {
            return null;
        }
    }

    private static boolean isServed(JsonNode view) {
        JsonNode served = view.get("served");
        return served == null
                ? !view.path("decision").path("action").asString("refuse").equals("refuse")
                : served.asBoolean(false);
    }
}
