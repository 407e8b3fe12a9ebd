package io.percolate.gateway.admin.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code rebalance}: shows what would be moved so that pods are loaded alike, and moves it. */
@Command(
        name = "rebalance",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Loads the pods of each tier alike, through a running management process.",
            "",
            "  rebalance --plan               # shows what would be moved, and why",
            "  rebalance --run --tier C       # moves it, and shows how far it is"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class RebalanceCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private final ManagementApi api;

    @Mixin
    private final OrderOptions order = new OrderOptions();

    @ArgGroup(multiplicity = "1")
    private Mode mode;

    @Option(names = "--tier", paramLabel = "TIER", description = "these alone; by default those that are configured")
    private List<String> tiers = List.of();

    static final class Mode {
        @Option(names = "--plan", description = "show it and change nothing")
        private boolean plan;

        @Option(names = "--run", description = "show it and carry it out")
        private boolean run;
    }

    public RebalanceCommand(Map<String, String> variables) {
        this.api = new ManagementApi(variables);
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ObjectNode body = order.body();
        body.put("dry_run", mode.plan || !mode.run);
        if (!tiers.isEmpty()) {
            ArrayNode names = body.putArray("tiers");
            tiers.forEach(names::add);
        }
        JsonNode plan = api.ask("POST", "/v1/rebalance", body);
        show(plan, out);
        String migration = plan.path("migration").path("id").asString("");
        if (migration.isEmpty()) {
            return ExitCode.DONE;
        }
        return order.follow(migration, api, out);
    }

    private static void show(JsonNode plan, PrintWriter out) {
        plan.path("groups")
                .forEach(group -> out.println(String.format(
                        Locale.ROOT,
                        "tier %s, region %s: fullest pod to mean %.2f -> %.2f by load, %.2f -> %.2f by count",
                        group.path("tier").asString("?"),
                        group.path("region").asString("?"),
                        group.path("load_ratio_before").asDouble(0),
                        group.path("load_ratio_after").asDouble(0),
                        group.path("count_ratio_before").asDouble(0),
                        group.path("count_ratio_after").asDouble(0))));
        plan.path("moves")
                .forEach(move -> out.println("  " + move.path("tenant").asString("?") + "  "
                        + move.path("from").asString("?") + " -> "
                        + move.path("to").asString("?") + "  "
                        + move.path("cost_mb").asLong(0) + " MB  "
                        + move.path("reason").asString("")));
        out.println(
                plan.path("moves").size() + " moves, " + plan.path("cost_mb").asLong(0) + " MB");
    }
}
