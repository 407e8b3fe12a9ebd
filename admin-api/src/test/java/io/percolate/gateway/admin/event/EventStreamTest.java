package io.percolate.gateway.admin.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.TestGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class EventStreamTest {
    private RunningManagement management;

    @BeforeEach
    void start() {
        management = RunningManagement.start(
                "GATEWAY_ADMIN_EVENT_HEARTBEAT", "100ms", "GATEWAY_ADMIN_EVENT_STREAMS_MAX", "2");
    }

    @AfterEach
    void stop() {
        management.close();
    }

    @Test
    void tellsOfRoutesAndFlushesAsTheyHappen() throws Exception {
        String id = management.newTenant("C");
        try (ApiClient reader = new ApiClient(management.port(), RunningManagement.READER);
                TestGateway gateway = new TestGateway(management);
                BufferedReader lines = lines(reader.open("/v1/events"))) {
            assertThat(lines.readLine()).isEqualTo(": listening");
            awaitNews(lines, id);

            management.database().execute("UPDATE tenants SET tier = 'A' WHERE id = '" + id + "'");
            assertThat(nextData(lines, "route.changed")).contains("\"tenant\":\"" + id + "\"", "\"version\":");

            management.api().post("/v1/caches/flush", "{\"tier\": \"A\", \"caches\": [\"routes\"]}");
            assertThat(nextData(lines, "caches.flushed"))
                    .contains("\"scope\":\"tier\"", "\"subject\":\"A\"", "\"caches\":[\"routes\"]");
            assertThat(nextData(lines, "flush.confirmed")).contains("\"gateway\":\"" + gateway.id() + "\"");
        }
    }

    @Test
    void sendsHeartbeatsWhileNothingHappens() throws Exception {
        try (ApiClient reader = new ApiClient(management.port(), RunningManagement.READER);
                BufferedReader lines = lines(reader.open("/v1/events"))) {
            assertThat(lines.readLine()).isEqualTo(": listening");
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo(": heartbeat");
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo(": heartbeat");
        }
    }

    @Test
    void refusesMoreStreamsThanItsBoundAndTakesOthersWhenOneEnds() throws Exception {
        try (ApiClient api = new ApiClient(management.port(), RunningManagement.READER);
                ApiClient leaving = new ApiClient(management.port(), RunningManagement.READER)) {
            HttpResponse<InputStream> first = api.open("/v1/events");
            HttpResponse<InputStream> second = leaving.open("/v1/events");
            lines(first).readLine();
            lines(second).readLine();

            Answer refused = api.get("/v1/events");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.problem()).isEqualTo("subscribers-exhausted");

            second.body().close();
            Awaitility.await().until(() -> {
                try (var again = api.open("/v1/events").body()) {
                    return new String(again.readNBytes(11), StandardCharsets.UTF_8).equals(": listening");
                }
            });
            first.body().close();
        }
    }

    @Test
    void endsStreamsWhenTheProcessStops() throws Exception {
        try (ApiClient reader = new ApiClient(management.port(), RunningManagement.READER);
                BufferedReader lines = lines(reader.open("/v1/events"))) {
            lines.readLine();
            RunningManagement stopping = management;
            management = RunningManagement.start();

            stopping.close();

            String line = lines.readLine();
            while (line != null) {
                line = lines.readLine();
            }
        }
    }

    /** Until the process listens, changes go unheard: changes are made until one is heard. */
    private void awaitNews(BufferedReader lines, String id) throws IOException {
        while (true) {
            management.database().execute("UPDATE tenant_states SET epoch = epoch + 1 WHERE tenant_id = '" + id + "'");
            String line = lines.readLine();
            if (line.startsWith("data:") && line.contains("version")) {
                management.database().execute("SELECT 1");
                break;
            }
        }
        // What is left of them must not be taken for what comes next.
        int quiet = 0;
        while (quiet < 2) {
            quiet = lines.readLine().equals(": heartbeat") ? quiet + 1 : quiet;
        }
    }

    private static String nextData(BufferedReader lines, String event) throws IOException {
        while (!lines.readLine().equals("event: " + event)) {
            // Other events and heartbeats may come in between.
        }
        return lines.readLine();
    }

    private static BufferedReader lines(HttpResponse<InputStream> response) {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }
}
