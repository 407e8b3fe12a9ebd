package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.MessageTable.Case;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jazzer, guided by what it covers of the decoders' code, finds no bytes that the edge reads otherwise than a strict
 * reader. {@code -Dpercolate.fuzz.seconds} lets it look for longer.
 */
class RequestCoverageTest {
    private static final int SECONDS = Integer.getInteger("percolate.fuzz.seconds", 2);

    private static final Pattern NEEDED = Pattern.compile(
            "/(netty|jazzer|routing|context-cache|warmup|reactor-core|reactive-streams|slf4j|logback|jspecify|assertj|junit|opentest4j|apiguardian|HdrHistogram|micrometer)[^/]*\\.jar$");

    @Test
    void noInputIsReadOtherwiseThanByAStrictReader(@TempDir Path folder) throws Exception {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        List<Case> seeds = MessageTable.read("requests.txt");
        for (int i = 0; i < seeds.size(); i++) {
            Files.writeString(
                    corpus.resolve("seed-" + i),
                    (char) (i & 0xff) + seeds.get(i).sent(),
                    StandardCharsets.ISO_8859_1);
        }
        Path log = folder.resolve("log");
        Process jazzer = new ProcessBuilder(command(folder, corpus))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(jazzer.waitFor(SECONDS + 300L, TimeUnit.SECONDS)).isTrue();
        } finally {
            jazzer.destroyForcibly().waitFor();
        }
        String said = Files.readString(log, StandardCharsets.ISO_8859_1);
        assertThat(jazzer.exitValue()).as(said).isZero();
        assertThat(said).contains(" cov: ").containsPattern("Done \\d{3,} runs");
    }

    private static List<String> command(Path folder, Path corpus) {
        return List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + RequestFuzzTarget.class.getName(),
                "--instrumentation_includes=io.percolate.gateway.proxy.engine.**:io.netty.handler.codec.http.**",
                // What is looked for are readings that differ; Jazzer's own detectors would watch Netty's memory.
                "--custom_hook_includes=io.percolate.none.**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + SECONDS,
                "-max_len=1024",
                "-timeout=20",
                "-rss_limit_mb=0",
                "-seed=1",
                corpus.toString());
    }

    /** Without the libraries that no input gets to: Jazzer reads every class it is given, which takes longer than all else. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry ->
                        !entry.endsWith(".jar") || NEEDED.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
