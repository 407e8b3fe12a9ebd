package io.percolate.gateway.admin.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code shards}: shows shards and what a change of them would move, and changes them, by the management process. */
@Command(
        name = "shards",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Shows shards, plans changes of them, and carries them out.",
            "",
            "  shards list",
            "  shards set eu-11 --group eu --weight 2            shows what would move, and changes nothing",
            "  shards set eu-11 --group eu --weight 2 --apply    does it, if nothing has changed meanwhile",
            "  shards set eu-03 --group eu --status draining"
        })
public final class ShardsCommand {
    private ShardsCommand() {}

    /** With its subcommands, reading these variables. */
    public static CommandLine commandLine(Map<String, String> variables) {
        return new CommandLine(new ShardsCommand())
                .addSubcommand(new ListAll(new ManagementApi(variables)))
                .addSubcommand(new SetOne(new ManagementApi(variables)));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Shows shards, in order of creation.")
    @SuppressWarnings("NullAway.Init") // picocli sets the fields.
    static final class ListAll implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private final ManagementApi api;

        @Option(names = "--group", paramLabel = "GROUP", description = "only those of this group")
        private @Nullable String group;

        ListAll(ManagementApi api) {
            this.api = api;
        }

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            String cursor = "";
            do {
                JsonNode page = api.ask(
                        "GET",
                        "/v1/shards?limit=500" + (group == null ? "" : "&group=" + encoded(group))
                                + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor)),
                        null);
                for (JsonNode shard : page.path("items")) {
                    out.println(line(shard));
                }
                cursor = page.path("next_cursor").asString("");
            } while (!cursor.isEmpty());
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Plans a new shard, or a change of one; carries it out with --apply.")
    @SuppressWarnings("NullAway.Init") // picocli sets the fields.
    static final class SetOne implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private final ManagementApi api;

        @Parameters(paramLabel = "SHARD")
        private String shard;

        @Option(names = "--group", paramLabel = "GROUP", required = true, description = "its group")
        private String group;

        @Option(names = "--weight", paramLabel = "W", description = "its share of keys, against the others' weights")
        private @Nullable Double weight;

        @Option(names = "--status", paramLabel = "STATUS", description = "active, draining or retired")
        private @Nullable String status;

        @Option(names = "--region", paramLabel = "REGION", description = "where its pods are")
        private @Nullable String region;

        @Option(names = "--tier", paramLabel = "TIER", description = "whose tenants are spread over the group")
        private @Nullable String tier;

        @Option(names = "--apply", description = "carry it out")
        private boolean apply;

        SetOne(ManagementApi api) {
            this.api = api;
        }

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            ObjectNode wish = change().put("id", shard).put("group", group);
            JsonNode plan = api.ask("POST", "/v1/shards/plan", wish);
            show(plan, out);
            if (!apply) {
                out.println("nothing was changed; --apply carries it out");
                return ExitCode.DONE;
            }
            long generation = plan.path("generation").asLong(0);
            JsonNode done = isKnown()
                    ? api.ask("PATCH", "/v1/shards/" + encoded(shard), change().put("generation", generation))
                    : api.ask("POST", "/v1/shards", wish.put("generation", generation));
            out.println("done: " + line(done));
            return ExitCode.DONE;
        }

        private boolean isKnown() {
            String cursor = "";
            do {
                JsonNode page = api.ask(
                        "GET",
                        "/v1/shards?limit=500&group=" + encoded(group)
                                + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor)),
                        null);
                for (JsonNode each : page.path("items")) {
                    if (each.path("id").asString("").equals(shard)) {
                        return true;
                    }
                }
                cursor = page.path("next_cursor").asString("");
            } while (!cursor.isEmpty());
            return false;
        }

        private ObjectNode change() {
            ObjectNode change = JsonMapper.shared().createObjectNode();
            if (weight != null) {
                change.put("weight", weight);
            }
            if (status != null) {
                change.put("status", status.toLowerCase(Locale.ROOT));
            }
            if (region != null) {
                change.put("region", region);
            }
            if (tier != null) {
                change.put("tier", tier.toUpperCase(Locale.ROOT));
            }
            return change;
        }

        private static void show(JsonNode plan, PrintWriter out) {
            out.printf(
                    Locale.ROOT,
                    "group %s, generation %d: %.1f %% of all keys move%n",
                    plan.path("group").asString("?"),
                    plan.path("generation").asLong(0),
                    100 * plan.path("key_share").asDouble(0));
            out.printf(
                    Locale.ROOT,
                    "%d of %d tenants get another home, %d of them are hot and are moved by jobs; %d are pinned%n",
                    plan.path("moving").asLong(0),
                    plan.path("tenants").asLong(0),
                    plan.path("hot_moving").asLong(0),
                    plan.path("pinned").asLong(0));
            for (JsonNode way : plan.path("ways")) {
                out.println("  " + way.path("from").asString("?") + " -> "
                        + way.path("to").asString("?") + "  "
                        + way.path("tenants").asLong(0));
            }
        }
    }

    private static String line(JsonNode shard) {
        return shard.path("id").asString("?") + "  group " + shard.path("group").asString("?") + " (generation "
                + shard.path("generation").asLong(0) + ")  "
                + shard.path("status").asString("?") + "  weight "
                + shard.path("weight").asDouble(0) + "  region "
                + shard.path("region").asString("?") + "  "
                + shard.path("ready_pods").asLong(0) + " pods  "
                + shard.path("pinned_tenants").asLong(0) + " pinned";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
