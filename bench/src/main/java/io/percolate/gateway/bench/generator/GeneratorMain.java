package io.percolate.gateway.bench.generator;

import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.StopSignals;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process of the generator that needs no model. */
@Command(
        name = "generator",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a generator service that repeats message and context word by word, for trying 'generate' out.",
            "POST /v1/generate takes the gateway's form, POST /v1/chat/completions what OpenAI's API takes."
        })
public final class GeneratorMain implements Callable<Integer> {
    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Where it listens (default: 127.0.0.1).")
    private String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "8100", description = "Port (default: 8100).")
    private int port = 8100;

    @Option(names = "--pace-ms", defaultValue = "30", description = "From word to word (default: 30).")
    private int paceMillis = 30;

    public static void main(String... arguments) {
        System.exit(new CommandLine(new GeneratorMain()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        CountDownLatch stop = new CountDownLatch(1);
        StopSignals.install(stop::countDown, () -> Runtime.getRuntime().halt(1));
        try (GeneratorServer server = GeneratorServer.start(host, port, Duration.ofMillis(paceMillis))) {
            System.out.println("generator ready at " + server.url());
            stop.await();
        }
        return 0;
    }
}
