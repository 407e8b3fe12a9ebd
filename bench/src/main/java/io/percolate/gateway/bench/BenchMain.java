package io.percolate.gateway.bench;

import io.percolate.gateway.bench.abuse.AbuseCommand;
import io.percolate.gateway.bench.coldstart.ColdStartCommand;
import io.percolate.gateway.bench.context.ContextBenchCommand;
import io.percolate.gateway.bench.directory.DirectoryCommand;
import io.percolate.gateway.bench.handoff.HandoffCommand;
import io.percolate.gateway.bench.jmh.JmhCommand;
import io.percolate.gateway.bench.load.LoadCommand;
import io.percolate.gateway.bench.redis.RedisCommand;
import io.percolate.gateway.bench.restart.RestartCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./gateway bench}: what measures the gateway. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures the gateway; each figure comes with the command that gave it.",
        subcommands = {
            LoadCommand.class,
            AbuseCommand.class,
            RestartCommand.class,
            JmhCommand.class,
            ContextBenchCommand.class,
            DirectoryCommand.class,
            RedisCommand.class,
            ColdStartCommand.class,
            HandoffCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class BenchMain {
    private BenchMain() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new BenchMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }
}
