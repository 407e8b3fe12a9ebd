package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.noise.TenantMeasure;
import io.percolate.gateway.proxy.noise.TopTenants;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The tenants that took most, as JSON. */
final class TopTenantsView {
    private TopTenantsView() {}

    static ObjectNode of(TopTenants top) {
        ObjectNode view = OpsAnswer.object().put("window_ms", top.window().toMillis());
        for (TenantMeasure measure : TenantMeasure.values()) {
            ObjectNode of = view.putObject(measure == TenantMeasure.LATENCY ? "latency_us" : lower(measure));
            of.put("total", top.total(measure));
            ArrayNode tenants = of.putArray("tenants");
            top.of(measure)
                    .forEach(share -> tenants.addObject()
                            .put("tenant", share.tenant().toString())
                            .put("value", share.value())
                            .put("share", Math.round(share.part() * 10_000) / 10_000.0));
        }
        return view;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
