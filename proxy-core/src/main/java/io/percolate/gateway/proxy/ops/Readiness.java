package io.percolate.gateway.proxy.ops;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Whether the process should get requests.
 *
 * <p>That asks for less than that all is well: a gateway that has once seen PostgreSQL goes on serving the tenants it
 * knows while PostgreSQL is down, and taking every replica out of service then would turn a small outage into a whole
 * one. The details say what is down.
 */
public final class Readiness {
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.STARTING);
    private final List<Tracked> dependencies;

    public Readiness(List<Dependency> dependencies) {
        this.dependencies = dependencies.stream().map(Tracked::new).toList();
    }

    /** Where the process is in its life. */
    public enum Stage {
        STARTING,
        SERVING,
        DRAINING,
        DRAINED
    }

    /** When a dependency has to be up for the process to be ready. */
    public enum Need {
        ALWAYS,
        /** To have been up once is enough. */
        ONCE,
        NEVER
    }

    /** Something that the process works with; its state is asked for often and must be cheap. */
    public record Dependency(String name, Need need, Supplier<State> state) {}

    /** How a dependency is right now. */
    public record State(boolean up, String detail) {}

    /** All there is to say at one moment. */
    public record Report(boolean ready, Stage stage, Map<String, Detail> dependencies) {}

    /** One dependency in a report. */
    public record Detail(boolean up, Need need, boolean satisfied, String detail) {}

    /** Moves on to this stage; going back is refused silently, since a drain may overtake the end of the start. */
    public void enter(Stage next) {
        stage.accumulateAndGet(next, (current, wanted) -> wanted.compareTo(current) > 0 ? wanted : current);
    }

    public Stage stage() {
        return stage.get();
    }

    public Report report() {
        Map<String, Detail> details = new LinkedHashMap<>();
        boolean satisfied = true;
        for (Tracked dependency : dependencies) {
            Detail detail = dependency.detail();
            details.put(dependency.dependency.name(), detail);
            satisfied &= detail.satisfied();
        }
        Stage now = stage.get();
        return new Report(satisfied && now == Stage.SERVING, now, details);
    }

    private static final class Tracked {
        private final Dependency dependency;
        private final AtomicBoolean wasUp = new AtomicBoolean();

        private Tracked(Dependency dependency) {
            this.dependency = dependency;
        }

        private Detail detail() {
            State state = dependency.state().get();
            if (state.up()) {
                wasUp.set(true);
            }
            boolean satisfied = switch (dependency.need()) {
                case ALWAYS -> state.up();
                case ONCE -> wasUp.get();
                case NEVER -> true;
            };
            return new Detail(state.up(), dependency.need(), satisfied, state.detail());
        }
    }
}
