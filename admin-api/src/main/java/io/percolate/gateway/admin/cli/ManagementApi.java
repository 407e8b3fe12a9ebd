package io.percolate.gateway.admin.cli;

import java.io.IOException;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A running management process, as commands ask it: where it is, and by what right. */
final class ManagementApi {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String DEFAULT_PORT = "8090";
    private static final String TOKEN_VARIABLE = "PERCOLATE_ADMIN_TOKEN";

    private final Map<String, String> variables;

    @Mixin
    private final Address address;

    /** Options of any command that asks. */
    static final class Address {
        @Option(
                names = "--url",
                paramLabel = "URL",
                description =
                        "the management process; by default this machine's, at GATEWAY_ADMIN_PORT or " + DEFAULT_PORT)
        private @Nullable URI url;

        @Option(
                names = "--admin-token-file",
                paramLabel = "FILE",
                description =
                        "file that holds a token of the management process; by default " + TOKEN_VARIABLE + " is used")
        private @Nullable Path tokenFile;
    }

    ManagementApi(Map<String, String> variables) {
        this(variables, new Address());
    }

    private ManagementApi(Map<String, String> variables, Address address) {
        this.variables = Map.copyOf(variables);
        this.address = address;
    }

    /** The process that one command's options name. */
    ManagementApi at(Address other) {
        return new ManagementApi(variables, other);
    }

    /** A segment of a path, or a value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Asks, and answers with the object that came; an empty one where none did.
     *
     * @throws CommandFailure where it cannot be asked or refuses
     */
    JsonNode ask(String method, String path, @Nullable ObjectNode body) {
        URI base = base();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpResponse<String> answer =
                    client.send(request(base, method, path, body), BodyHandlers.ofString(StandardCharsets.UTF_8));
            JsonNode read = read(answer.body());
            if (answer.statusCode() / 100 != 2) {
                throw new CommandFailure(
                        "the management process at " + base + " answered " + answer.statusCode() + ": "
                                + read.path("detail")
                                        .asString(read.path("title").asString("no detail")),
                        null);
            }
            return read;
        } catch (IOException unreachable) {
            throw new CommandFailure(
                    "the management process at " + base + " cannot be asked: "
                            + Objects.requireNonNullElse(
                                    unreachable.getMessage(),
                                    unreachable.getClass().getSimpleName()),
                    unreachable);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted", interrupted);
        }
    }

    private HttpRequest request(URI base, String method, String path, @Nullable ObjectNode body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token())
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return request.build();
    }

    private String token() throws IOException {
        String token = address.tokenFile == null
                ? variables.getOrDefault(TOKEN_VARIABLE, "")
                : Files.readString(address.tokenFile).strip();
        if (token.isBlank()) {
            throw new CommandFailure(
                    "give a token of the management process in " + TOKEN_VARIABLE + " or by --admin-token-file", null);
        }
        return token;
    }

    private URI base() {
        return address.url != null
                ? address.url
                : URI.create("http://127.0.0.1:" + variables.getOrDefault("GATEWAY_ADMIN_PORT", DEFAULT_PORT));
    }

    private static JsonNode read(String body) {
        try {
            JsonNode read = body.isEmpty() ? null : JsonMapper.shared().readTree(body);
            return read == null ? JsonMapper.shared().createObjectNode() : read;
        } catch (JacksonException noJson) {
            return JsonMapper.shared().createObjectNode();
        }
    }
}
