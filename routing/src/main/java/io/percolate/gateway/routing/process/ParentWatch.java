package io.percolate.gateway.routing.process;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells a process that whoever started it is gone, so that it leaves too.
 *
 * <p>Signals reach a whole group of processes only when a terminal sends them; a parent that is killed takes nobody
 * along. The parent names itself in the system property {@value #PROPERTY}.
 */
public final class ParentWatch {
    /** System property: the process id of the parent; without it nothing is watched. */
    public static final String PROPERTY = "percolate.parent.pid";

    private ParentWatch() {}

    /** Calls back once, on a thread of its own, when the parent is gone; soon, if it already is. */
    public static void start(Runnable gone) {
        watch(System.getProperty(PROPERTY), gone);
    }

    static void watch(@Nullable String parent, Runnable gone) {
        if (parent == null || parent.isBlank()) {
            return;
        }
        long pid;
        try {
            pid = Long.parseLong(parent.strip());
        } catch (NumberFormatException notNumber) {
            throw new IllegalArgumentException(PROPERTY + ": expected a process id, got '" + parent + "'", notNumber);
        }
        ProcessHandle.of(pid)
                .map(ProcessHandle::onExit)
                .orElseGet(() -> CompletableFuture.completedFuture(null))
                .thenRunAsync(
                        gone,
                        task -> Thread.ofPlatform()
                                .name("parent-watch")
                                .daemon()
                                .start(task));
    }
}
