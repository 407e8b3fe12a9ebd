package io.percolate.gateway.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Drives the process of {@link RateLoadMain} or {@link HandshakeLoadMain}. */
final class GeneratorProcess implements AutoCloseable {
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    private GeneratorProcess(Process process) {
        this.process = process;
        this.commands = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII);
        this.answers = process.inputReader(StandardCharsets.US_ASCII);
    }

    /** Requests at this rate. */
    static GeneratorProcess ofRate(LoadCase load, int perSecond, Cores cores, Path folder) {
        return start(
                RateLoadMain.command(
                        load.target(),
                        load.connections(),
                        perSecond,
                        folder.resolve(load.tokens().fileName())),
                cores,
                folder);
    }

    /** As many new connections as come about. */
    static GeneratorProcess ofHandshakes(LoadCase load, Path folder) {
        return start(
                HandshakeLoadMain.command(
                        load.target(),
                        load.connections(),
                        folder.resolve(load.tokens().fileName())),
                Cores.LOAD,
                folder);
    }

    private static GeneratorProcess start(List<String> command, Cores cores, Path folder) {
        try {
            return new GeneratorProcess(new ProcessBuilder(cores.pinning(command))
                    .directory(folder.toFile())
                    .redirectError(folder.resolve("generator.log").toFile())
                    .start());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    long pid() {
        return process.pid();
    }

    Figures run(int port, int seconds) {
        try {
            commands.write(port + " " + seconds + "\n");
            commands.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException("the generator has ended");
            }
            return Figures.parse(answer);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public void close() {
        try (commands;
                answers) {
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException ended) {
            // Its pipe is gone with it.
            process.destroyForcibly();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
