package io.percolate.gateway.admin.rebalance;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.migration.MigrationView;
import io.percolate.gateway.admin.migration.Orders;
import io.percolate.gateway.admin.migration.Pace;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** {@code /v1/rebalance}: what would be moved so that pods are loaded alike, and moving it. */
public final class RebalanceResource {
    private static final int MOVES_MAX = 100_000;

    private final ManagementDatabase database;
    private final RebalanceConfig config;
    private final Duration heartbeatMax;
    private final Duration holdMax;

    /** @param holdMax how long a moved tenant's requests may wait */
    public RebalanceResource(
            ManagementDatabase database, RebalanceConfig config, Duration heartbeatMax, Duration holdMax) {
        this.database = database;
        this.config = config;
        this.heartbeatMax = heartbeatMax;
        this.holdMax = holdMax;
    }

    record MoveView(UUID tenant, String from, String to, String reason, int costMb) {}

    record PodView(String pod, int capacity, int before, int after) {}

    record GroupView(
            String tier,
            String region,
            @Nullable String shard,
            double loadRatioBefore,
            double loadRatioAfter,
            double countRatioBefore,
            double countRatioAfter,
            List<PodView> pods) {}

    record PlanView(
            List<MoveView> moves,
            long costMb,
            List<GroupView> groups,
            @Nullable MigrationView migration) {}

    /** The plan; and unless {@code dry_run}, the migration that carries it out. */
    public Mono<Reply> plan(Call call) {
        Fields fields = new Fields(call.json());
        boolean dryRun = fields.flag("dry_run").orElse(true);
        Set<Tier> tiers = tiers(fields);
        Pace pace = Pace.read(fields, new Pace(config.concurrencyMax(), config.movesPerHourMax(), holdMax));
        int movesMax = fields.count("moves_max", 1, MOVES_MAX).orElse(config.movesMax());
        fields.finish();
        return database.inTransaction(transaction -> Loads.read(transaction, tiers, heartbeatMax, config.settle())
                        .map(loads -> RebalancePlan.of(loads, config.ratioMax(), movesMax))
                        .flatMap(plan -> dryRun || plan.moves().isEmpty()
                                ? Mono.just(view(plan, null))
                                : Orders.rebalance(transaction, call, pace, orders(plan))
                                        .map(migration -> view(plan, migration))))
                .onErrorMap(
                        DatabaseException.class,
                        error -> error.constraint()
                                        .filter("idx_migrations_one_rebalance"::equals)
                                        .isPresent()
                                ? Problem.of(
                                                ProblemKind.REBALANCE_RUNNING,
                                                "a rebalancing is under way; wait for it or cancel it")
                                        .toException(error)
                                : error)
                .map(view -> Reply.json(dryRun ? 200 : 202, view));
    }

    private Set<Tier> tiers(Fields fields) {
        List<String> given = fields.texts("tiers", Tier.values().length, 1).orElse(List.of());
        if (given.isEmpty()) {
            return config.tiers();
        }
        Set<Tier> tiers = EnumSet.noneOf(Tier.class);
        for (String name : given) {
            if (name.matches("[ABC]")) {
                tiers.add(Tier.valueOf(name));
            } else {
                fields.error("tiers", "expected A, B or C, got " + name);
            }
        }
        return tiers;
    }

    private static List<Orders.Move> orders(RebalancePlan plan) {
        return plan.moves().stream()
                .map(move -> new Orders.Move(move.tenant(), move.from(), move.to(), move.reason()))
                .toList();
    }

    private static PlanView view(RebalancePlan plan, @Nullable MigrationView migration) {
        return new PlanView(
                plan.moves().stream()
                        .map(move -> new MoveView(
                                move.tenant().value(),
                                move.from().value(),
                                move.to().value(),
                                move.reason(),
                                move.costMb()))
                        .toList(),
                plan.moves().stream().mapToLong(RebalancePlan.Move::costMb).sum(),
                plan.groups().stream()
                        .map(change -> new GroupView(
                                change.group().tier().name(),
                                change.group().region(),
                                change.group().shard(),
                                change.before().load(),
                                change.after().load(),
                                change.before().count(),
                                change.after().count(),
                                change.pods().stream()
                                        .map(pod -> new PodView(
                                                pod.pod().value(),
                                                pod.capacity(),
                                                pod.tenantsBefore(),
                                                pod.tenantsAfter()))
                                        .toList()))
                        .toList(),
                migration);
    }
}
