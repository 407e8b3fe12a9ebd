package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.bench.results.ResultsFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench jmh}: each step of the hot path alone. */
@Command(
        name = "jmh",
        mixinStandardHelpOptions = true,
        description = "Times each step of the hot path alone, and counts what it allocates (JMH).")
public final class JmhCommand implements Callable<Integer> {
    private static final String SECTION = "Steps";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "0..1", description = "steps to run, a regular expression (default: all)")
    private @Nullable String pattern;

    @Option(names = "--forks", description = "Java VMs in turn (default: ${DEFAULT-VALUE})")
    private int forks = 1;

    @Option(names = "--iterations", description = "measured seconds of each (default: ${DEFAULT-VALUE})")
    private int iterations = 5;

    @Option(
            names = "--out",
            description = "folder for RESULTS.md (default: bench when all steps run; else nothing is written)")
    private @Nullable Path out;

    @Override
    public Integer call() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(pattern == null ? ".*" : ".*" + pattern + ".*")
                        .addProfiler(GCProfiler.class)
                        .forks(forks)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(iterations)
                        .measurementTime(TimeValue.seconds(1))
                        .timeUnit(TimeUnit.NANOSECONDS)
                        .shouldFailOnError(true)
                        // What ./gateway serve passes.
                        .jvmArgs(
                                "-XX:+UseCompactObjectHeaders",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow")
                        .build())
                .run();
        List<StepResult> steps = results.stream().map(StepResult::of).toList();
        String report = StepResult.markdown(
                steps,
                "./gateway bench "
                        + String.join(" ", spec.commandLine().getParseResult().originalArgs()));
        System.out.println("\n" + report);
        Path folder = out != null ? out : pattern == null ? Path.of("bench") : null;
        if (folder != null) {
            new ResultsFile(folder).replace(SECTION, report);
        }
        return 0;
    }
}
