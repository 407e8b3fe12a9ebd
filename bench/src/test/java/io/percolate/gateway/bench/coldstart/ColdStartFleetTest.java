package io.percolate.gateway.bench.coldstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.fixtures.TemporaryFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The cases of {@code ./gateway bench cold-start} in small, with bounds on what must be true and none on time. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ColdStartFleetTest {
    private static Path folder;
    private static ColdStartRig rig;

    @BeforeAll
    static void start() {
        folder = TemporaryFolder.create("cold-start");
        rig = new ColdStartRig(
                new ColdStartRig.Plan(
                        3,
                        60,
                        3,
                        Duration.ofMillis(500),
                        ColdStartRig.Plan.SMALL,
                        Map.of(
                                "GATEWAY_WAKE_LEASE", "3s",
                                // Of a machine that does much else at the same time.
                                "GATEWAY_POD_CALL_TIMEOUT", "20s",
                                "GATEWAY_WAKE_ROOM_WAIT", "60s",
                                "GATEWAY_COLD_HELD_MAX", "1050")),
                folder);
    }

    @AfterAll
    static void stop() {
        rig.close();
        TemporaryFolder.delete(folder);
    }

    @Test
    @Order(1)
    void aThousandRequestsThroughThreeGatewaysWakeAColdTenantOnce() {
        Herd.Result result = new Herd(rig).run(1_000, false);

        assertThat(result.unanswered()).isZero();
        assertThat(result.epoch()).as("times it was assigned").isEqualTo(1);
        assertThat(result.loads()).as("orders to load it").isEqualTo(1);
        assertThat(result.answers())
                .allSatisfy(answer -> assertThat(answer.body()).startsWith("held "));
        assertThat(result.answers())
                .anySatisfy(answer -> assertThat(answer.serverTiming()).contains("probe;dur="));
    }

    @Test
    @Order(2)
    void coldTenantsThatComeBackAtOnceLoseNothingThoughAPodIsKilled() {
        Storm.Result result = new Storm(rig).run(60, Duration.ofSeconds(1), true);

        assertThat(result.unanswered()).isEmpty();
        assertThat(result.lost()).isEmpty();
        assertThat(result.twoHosts()).isEmpty();
        assertThat(result.overfull()).isEmpty();
        assertThat(Objects.requireNonNull(result.phases().get("queue")).count()).isPositive();
    }

    @Test
    @Order(3)
    void requestsBeyondTheBoundAreToldToComeBackAndOthersAreServed() {
        Held.Result result = new Held(rig, 100, 50).run(1_050, 20);

        assertThat(result.held()).isEqualTo(1_050);
        assertThat(result.refused()).isEqualTo(20);
        assertThat(result.during().count()).isEqualTo(100);
    }

    @Test
    @Order(4)
    void whenTheGatewayThatWakesATenantIsKilledAnotherTakesOver() {
        Herd.Result result = new Herd(rig).run(100, true);

        assertThat(result.unanswered()).isZero();
        assertThat(result.epoch())
                .as("assigned by the dead one and by its heir")
                .isEqualTo(2);
        assertThat(result.answers())
                .anySatisfy(answer -> assertThat(answer.retries()).isZero());
    }
}
