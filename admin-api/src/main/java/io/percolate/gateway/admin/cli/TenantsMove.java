package io.percolate.gateway.admin.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code tenants move}: hands tenants over to other pods, or to another tier, and shows how far it is. */
@Command(
        name = "move",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Moves tenants to another pod, or with --to-tier to another tier, with no request dropped; waits for the end.",
            "",
            "  tenants move 3f0c... --to-pod tier-b-2",
            "  tenants move 3f0c... 77aa... --to-tier A --no-wait"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class TenantsMove implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private final ManagementApi api;

    @Mixin
    private final OrderOptions order = new OrderOptions();

    @Parameters(paramLabel = "TENANT", arity = "1..1500", description = "tenant ids")
    private List<String> tenants;

    @Option(names = "--to-pod", paramLabel = "POD", description = "this pod; the best other one when absent")
    private @Nullable String pod;

    @Option(
            names = "--to-tier",
            paramLabel = "TIER",
            description = "a pod of this tier, which becomes the tenants' own")
    private @Nullable String tier;

    /** @param variables where the admin token may be */
    public TenantsMove(Map<String, String> variables) {
        this.api = new ManagementApi(variables);
    }

    @Override
    public Integer call() {
        if (pod != null && tier != null) {
            throw new ParameterException(spec.commandLine(), "expected --to-pod or --to-tier, not both");
        }
        PrintWriter out = spec.commandLine().getOut();
        ObjectNode body = order.body();
        body.put("kind", tier == null ? "pod" : "tier");
        body.put("hot_only", false);
        if (tier != null) {
            body.put("target", tier);
        } else if (pod != null) {
            body.put("target", pod);
        }
        ArrayNode ids = body.putArray("tenants");
        tenants.forEach(ids::add);
        String migration = api.ask("POST", "/v1/migrations", body).path("id").asString("?");
        return order.follow(migration, api, out);
    }
}
