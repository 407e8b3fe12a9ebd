package io.percolate.gateway.admin.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.ScriptedPod;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WakeScheduleTest {
    @ParameterizedTest
    @CsvSource({
        // After, before and at the time of day.
        "2026-01-05T05:00:00Z, 2026-01-05T06:30:00Z",
        "2026-01-05T06:30:00Z, 2026-01-06T06:30:00Z",
        "2026-01-05T07:00:00Z, 2026-01-06T06:30:00Z",
        // Over the weekend.
        "2026-01-09T07:00:00Z, 2026-01-12T06:30:00Z",
        // Berlin's clock goes to summer on 29 March.
        "2026-03-27T12:00:00Z, 2026-03-30T05:30:00Z",
    })
    void theNextTimeIsByTheClockOfTheTenantsZone(Instant after, Instant next) {
        WakeSchedule workdays = new WakeSchedule(
                LocalTime.of(7, 30),
                EnumSet.complementOf(EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)),
                ZoneId.of("Europe/Berlin"));

        assertThat(workdays.nextAfter(after)).isEqualTo(next);
    }

    @Test
    void aTimeThatTheClockSkipsComesThatMuchLater() {
        WakeSchedule sundays =
                new WakeSchedule(LocalTime.of(2, 30), Set.of(DayOfWeek.SUNDAY), ZoneId.of("Europe/Berlin"));

        assertThat(sundays.nextAfter(Instant.parse("2026-03-28T00:00:00Z")))
                .isEqualTo(Instant.parse("2026-03-29T01:30:00Z"));
    }

    @Test
    void aTenantIsWokenWhenItsScheduleSaysSoAndTheScheduleMovesOn() {
        try (ScriptedPod pod = new ScriptedPod();
                RunningManagement management = RunningManagement.start("GATEWAY_LIFECYCLE_INTERVAL", "100ms")) {
            ApiClient api = management.api();
            management
                    .database()
                    .execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-a-0', 'A', '127.0.0.1', "
                            + pod.port() + ", 8)");
            String tenant = management.newTenant("A");
            String path = "/v1/tenants/" + tenant + "/wake-schedule";

            Answer put = api.send(api.request(
                    "PUT", path, "{\"at\": \"07:30\", \"days\": [\"monday\"], \"time_zone\": \"Europe/Berlin\"}"));
            assertThat(put.status()).as(put.text()).isEqualTo(200);
            assertThat(api.get(path).json()).isEqualTo(put.json());
            management
                    .database()
                    .execute(
                            "UPDATE tenant_wake_schedules SET next_wake_at = now() WHERE tenant_id = '" + tenant + "'");

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> management
                            .value("SELECT state FROM tenant_states WHERE tenant_id = '" + tenant + "'")
                            .equals("hot"));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Instant.parse(
                                    api.get(path).json().get("next_wake_at").stringValue())
                            .equals(Instant.parse(put.json().get("next_wake_at").stringValue())));
            assertThat(pod.loads()).isEqualTo(1);
            assertThat(api.delete(path).status()).isEqualTo(204);
            assertThat(api.get(path).status()).isEqualTo(404);
            assertThat(management.value("SELECT string_agg(action, ', ' ORDER BY created_at) FROM audit_log"
                            + " WHERE tenant_id = '" + tenant + "'"))
                    .isEqualTo("tenant.created, tenant.wake_scheduled, tenant.wake_unscheduled");
            for (String wrong : new String[] {
                "{}",
                "{\"at\": \"25:00\"}",
                "{\"at\": \"07:30\", \"days\": [\"someday\"]}",
                "{\"at\": \"07:30\", \"time_zone\": \"Moon/Crater\"}",
                "{\"at\": \"07:30\", \"days\": []}",
                "{\"at\": null}"
            }) {
                Answer refused = api.send(api.request("PUT", path, wrong));
                assertThat(refused.status()).as(wrong).isEqualTo(400);
                assertThat(refused.problem()).as(wrong).isEqualTo("fields-invalid");
            }
            assertThat(api.send(api.request(
                                    "PUT",
                                    "/v1/tenants/" + UUID.randomUUID() + "/wake-schedule",
                                    "{\"at\": \"07:30\"}"))
                            .status())
                    .isEqualTo(404);
        }
    }
}
