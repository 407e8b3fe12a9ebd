package io.percolate.gateway.warmup.model;

import io.percolate.gateway.warmup.model.PlacementModel.Beginning;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Visits every state of a model, nearest first, so that the first violation found has a shortest way to it. */
final class Explorer {
    /** How a state was reached first; the initial one from nowhere. */
    private record Reached(@Nullable State before, String what, int depth) {}

    /**
     * What came of it.
     *
     * @param violation null when no state has any
     * @param trace what led to it
     * @param complete whether there was nothing left to visit
     */
    record Outcome(
            int states,
            int depth,
            boolean complete,
            @Nullable String violation,
            List<String> trace) {}

    private Explorer() {}

    static Outcome explore(Shape shape, Set<Rule> rules, Beginning beginning, int statesMax) {
        PlacementModel model = new PlacementModel(shape, rules);
        Map<State, Reached> reached = new HashMap<>();
        ArrayDeque<State> frontier = new ArrayDeque<>();
        State initial = State.of(shape, model.initial(beginning));
        reached.put(initial, new Reached(null, beginning.toString(), 0));
        frontier.add(initial);
        int deepest = 0;
        while (!frontier.isEmpty() && reached.size() < statesMax) {
            State state = frontier.removeFirst();
            int depth = Objects.requireNonNull(reached.get(state)).depth();
            deepest = depth;
            String violation = model.violation(state.values);
            if (violation != null) {
                return new Outcome(reached.size(), depth, false, violation, trace(reached, state));
            }
            model.next(state.values, (what, next) -> {
                State canonical = State.of(shape, next);
                if (reached.putIfAbsent(canonical, new Reached(state, what, depth + 1)) == null) {
                    frontier.addLast(canonical);
                }
            });
        }
        return new Outcome(reached.size(), deepest, frontier.isEmpty(), null, List.of());
    }

    private static List<String> trace(Map<State, Reached> reached, State last) {
        List<String> trace = new ArrayList<>();
        State state = last;
        while (state != null) {
            Reached way = Objects.requireNonNull(reached.get(state));
            trace.add(way.what());
            state = way.before();
        }
        Collections.reverse(trace);
        return trace;
    }
}
