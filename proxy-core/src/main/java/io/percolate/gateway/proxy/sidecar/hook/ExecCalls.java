package io.percolate.gateway.proxy.sidecar.hook;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Hooks that are commands: exit code 0 is done; 75 (EX_TEMPFAIL) means busy where the tenant is to be evicted; all else
 * is a failure, told by the beginning of what the command wrote to standard error.
 *
 * <p>A command gets PERCOLATE_TENANT_ID, PERCOLATE_EPOCH, PERCOLATE_HOOK and of the sidecar's own environment no more
 * than how to run a program: the rest has secrets. One that takes too long is killed with all that it started.
 */
final class ExecCalls implements HookCalls<Hook.Exec> {
    private static final int BUSY = 75;
    private static final int ERROR_BYTES_MAX = 2_000;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final List<String> PASSED_ON = List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR");
    private static final String TYPE = "application/octet-stream";

    private final Scheduler blocking;

    ExecCalls(Scheduler blocking) {
        this.blocking = blocking;
    }

    @Override
    public Mono<String> call(Hook.Exec hook, Call call) {
        return Mono.using(
                        () -> new Running(hook.command(), call),
                        running -> Mono.fromCallable(running::toItsEnd)
                                .subscribeOn(blocking)
                                .timeout(
                                        call.timeout(), Mono.error(() -> HttpCalls.late(running.what, call.timeout()))),
                        Running::kill)
                .subscribeOn(blocking);
    }

    private static final class Running {
        private final String what;
        private final Call call;
        private final Process process;
        private final AtomicBoolean ended = new AtomicBoolean();

        Running(List<String> command, Call call) {
            this.what = command.getFirst();
            this.call = call;
            ProcessBuilder builder = new ProcessBuilder(command);
            Map<String, String> own = new HashMap<>(builder.environment());
            own.keySet().retainAll(PASSED_ON);
            builder.environment().clear();
            builder.environment().putAll(own);
            builder.environment().put("PERCOLATE_TENANT_ID", call.tenant().toString());
            builder.environment().put("PERCOLATE_EPOCH", Long.toString(call.epoch()));
            builder.environment().put("PERCOLATE_HOOK", call.name().label());
            builder.redirectInput(
                    call.input() == null
                            ? ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())
                            : ProcessBuilder.Redirect.from(call.input().toFile()));
            try {
                this.process = builder.start();
            } catch (IOException e) {
                throw new HookException(what + " cannot be run: " + e.getMessage());
            }
        }

        String toItsEnd() throws InterruptedException {
            CompletableFuture<String> said = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> said.complete(beginning(process.getErrorStream())));
            String broken = output();
            if (broken != null) {
                kill();
            }
            int exitCode = process.waitFor();
            ended.set(true);
            if (broken != null) {
                throw new HookException(what + ": " + broken);
            }
            if (exitCode != 0) {
                String message = what + ": expected exit code 0, got " + exitCode + ": " + said.join();
                throw call.name() == HookName.EVICT && exitCode == BUSY
                        ? new HookException.Busy(message)
                        : new HookException(message);
            }
            return TYPE;
        }

        /** Takes what the command writes; what went wrong with it, or null. */
        private @Nullable String output() {
            try (InputStream from = process.getInputStream();
                    OutputStream to = call.output() == null
                            ? OutputStream.nullOutputStream()
                            : Files.newOutputStream(call.output())) {
                byte[] buffer = new byte[BUFFER_BYTES];
                long bytes = 0;
                int read = from.read(buffer);
                while (read >= 0) {
                    bytes += read;
                    if (call.output() != null && bytes > call.outputBytesMax()) {
                        return "wrote more than " + call.outputBytesMax() + " bytes";
                    }
                    to.write(buffer, 0, read);
                    read = from.read(buffer);
                }
                return null;
            } catch (IOException e) {
                return "its output cannot be read: " + e.getMessage();
            }
        }

        /** The first bytes; the rest is read, so that the command does not wait for a reader. */
        private static String beginning(InputStream stream) {
            try (stream) {
                byte[] shown = stream.readNBytes(ERROR_BYTES_MAX);
                stream.transferTo(OutputStream.nullOutputStream());
                return new String(shown, StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                return "(its standard error cannot be read: " + e.getMessage() + ")";
            }
        }

        void kill() {
            if (!ended.get()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }
}
