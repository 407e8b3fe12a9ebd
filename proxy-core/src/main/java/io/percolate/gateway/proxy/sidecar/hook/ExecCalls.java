package io.percolate.gateway.proxy.sidecar.hook;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
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
            try (OutputStream to =
                    call.output() == null ? OutputStream.nullOutputStream() : Files.newOutputStream(call.output())) {
                long bytesMax = call.output() == null ? Long.MAX_VALUE : call.outputBytesMax();
                CommandOutput output = new CommandOutput(process, to, bytesMax);
                if (!output.take()) {
                    throw new HookException(what + ": wrote more than " + bytesMax + " bytes");
                }
                ended.set(true);
                return judged(process.exitValue(), output.complaint());
            } catch (IOException e) {
                throw new HookException(what + ": its output cannot be taken: " + e.getMessage());
            }
        }

        private String judged(int exitCode, String complaint) {
            if (exitCode == 0) {
                return TYPE;
            }
            String message = what + ": expected exit code 0, got " + exitCode + ": " + complaint;
            throw call.name() == HookName.EVICT && exitCode == BUSY
                    ? new HookException.Busy(message)
                    : new HookException(message);
        }

        void kill() {
            if (!ended.get()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }
}
