package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/tenants/{id}/usage}: requests by month, as far as gateways have written them. */
public final class UsageResource {
    private static final int MONTHS_MAX = 13;
    private static final DateTimeFormatter MONTH = DateTimeFormatter.ofPattern("uuuu-MM");

    private final ManagementDatabase database;

    public UsageResource(ManagementDatabase database) {
        this.database = database;
    }

    private record Plan(@Nullable Long requestsPerMonth) {}

    private record Month(LocalDate first, long requests, Instant updatedAt) {
        static Month of(Readable row) {
            return new Month(
                    Objects.requireNonNull(row.get("month", LocalDate.class)),
                    Objects.requireNonNull(row.get("requests", Long.class)),
                    Objects.requireNonNull(row.get("updated_at", Instant.class)));
        }
    }

    /** The latest months first; those without a row were not counted, as where nothing limits them. */
    public Mono<Reply> get(Call call) {
        TenantId tenant = call.tenant();
        return database.inConnection(statements -> statements
                .queryFirst(
                        "SELECT l.requests_per_month FROM tenants t"
                                + " LEFT JOIN tenant_limits l ON l.tenant_id = t.id WHERE t.id = $1",
                        row -> new Plan(row.get("requests_per_month", Long.class)),
                        tenant.value())
                .map(found ->
                        found.orElseThrow(() -> Problem.of(ProblemKind.TENANT_UNKNOWN, "there is no tenant " + tenant)
                                .toException()))
                .flatMap(plan -> statements
                        .query(
                                "SELECT month, requests, updated_at FROM tenant_usage WHERE tenant_id = $1"
                                        + " ORDER BY month DESC LIMIT " + MONTHS_MAX,
                                Month::of,
                                tenant.value())
                        .map(months -> Reply.json(200, view(plan, months)))));
    }

    private static ObjectNode view(Plan plan, List<Month> months) {
        ObjectNode view = Json.newObject();
        view.put("requests_per_month", plan.requestsPerMonth());
        ArrayNode list = view.putArray("months");
        months.forEach(month -> list.addObject()
                .put("month", MONTH.format(month.first()))
                .put("requests", month.requests())
                .put("updated_at", month.updatedAt().toString()));
        return view;
    }
}
