package io.percolate.gateway.bench.faults;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a gateway says on its ops listener. */
record GatewayOps(int port) {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

    /** Status of an answer; 0 when there is none. */
    static int status(String url) {
        try {
            return answer(url).statusCode();
        } catch (IOException away) {
            return 0;
        }
    }

    private static HttpResponse<String> answer(String url) throws IOException {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(ANSWER_MAX).build(), BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private String get(String path) {
        try {
            return answer("http://127.0.0.1:" + port + path).body();
        } catch (IOException away) {
            throw new IllegalStateException("the gateway does not answer " + path, away);
        }
    }

    boolean isReady() {
        return status("http://127.0.0.1:" + port + "/ready") == 200;
    }

    /** The sum of all series of this name. */
    double metric(String name) {
        return get("/metrics")
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Whether any pod at this address is ejected. */
    boolean isEjected(String address) {
        for (JsonNode pod : JsonMapper.shared().readTree(get("/pods")).path("pods")) {
            if (pod.path("address").asString().equals(address)
                    && pod.path("state").asString().equals("ejected")) {
                return true;
            }
        }
        return false;
    }

    /** What it has taken and not given back, in words; empty when all is at rest. */
    String left() {
        StringBuilder left = new StringBuilder();
        for (String name : new String[] {
            "router_active_requests", "router_held_requests", "router_queue_bytes", "router_replay_bytes"
        }) {
            double value = metric(name);
            if (value != 0) {
                left.append(name).append(' ').append(value).append("; ");
            }
        }
        for (JsonNode pod : JsonMapper.shared().readTree(get("/pods")).path("pods")) {
            if (pod.path("in_flight").intValue() + pod.path("pending").intValue() > 0) {
                left.append(pod.path("address").asString()).append(" has requests; ");
            }
        }
        return left.toString();
    }
}
