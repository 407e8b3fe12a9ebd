package io.percolate.gateway.bench.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RedisCommandTest {
    @Test
    void noLookUpFailsWhateverHappensToRedis() {
        StringWriter out = new StringWriter();

        int status = new CommandLine(new RedisCommand())
                .setOut(new PrintWriter(out, true))
                .execute("--tenants", "200", "--rate", "20", "--seconds", "2");

        assertThat(status).as(out.toString()).isZero();
        assertThat(out.toString()).contains("Redis paused", "Redis killed", "Redis restarted");
    }
}
