package io.percolate.gateway.proxy.sidecar;

import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.relay.RelayFault;
import io.percolate.gateway.proxy.engine.relay.RelayGate;
import io.percolate.gateway.proxy.engine.relay.RelayHead;
import io.percolate.gateway.proxy.engine.relay.RelayVerdict;
import io.percolate.gateway.proxy.pod.PodReply;
import io.percolate.gateway.proxy.sidecar.SidecarConfig.Application;
import io.percolate.gateway.proxy.sidecar.host.Admission;
import io.percolate.gateway.proxy.sidecar.host.HostedTenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The fence: the fleet's own calls go to the sidecar's control calls, a tenant's requests to the application, and those
 * of a tenant that is not hot here under their epoch nowhere.
 */
final class SidecarGate implements RelayGate {
    private static final String TENANT = "X-Tenant-Id";
    private static final String EPOCH = "X-Placement-Epoch";
    private static final String TIER = "X-Tenant-Tier";
    private static final Set<String> CONTROL = Set.of("health", "ready", "internal");
    private static final String METRICS = "metrics";
    private static final int MISDIRECTED = 421;

    private final Application config;
    private final SocketAddress application;
    private final SocketAddress control;
    private final HostedTenants tenants;
    private final SidecarMeters meters;

    SidecarGate(
            Application config,
            SocketAddress application,
            SocketAddress control,
            HostedTenants tenants,
            SidecarMeters meters) {
        this.config = config;
        this.application = application;
        this.control = control;
        this.tenants = tenants;
        this.meters = meters;
    }

    @Override
    public RelayVerdict judge(RelayHead head) {
        Optional<String> origin = TenantPath.origin(head.target());
        if (origin.isEmpty()
                && !(head.target().equals("*") && config.pathPrefix().isEmpty())) {
            return refuse(400, "expected a target that is a path", Map.of());
        }
        if (head.method().equals("CONNECT") || head.method().equals("TRACE")) {
            return refuse(405, head.method() + " means nothing here", Map.of());
        }
        String first = origin.map(TenantPath::firstSegment).orElse("");
        boolean ofTenant = head.headers().contains(TENANT);
        return CONTROL.contains(first) || (first.equals(METRICS) && !ofTenant)
                ? new RelayVerdict.Pass(control, origin.orElseThrow(), Duration.ZERO, status -> {})
                : ofTenant(origin.orElse(head.target()), head.headers());
    }

    private RelayVerdict ofTenant(String target, HttpHeaders headers) {
        Optional<TenantId> tenant = single(headers, TENANT).flatMap(TenantId::parse);
        long epoch = single(headers, EPOCH).map(SidecarGate::number).orElse(0L);
        if (tenant.isEmpty()) {
            return misdirected(new Admission.Misdirected("absent", 0));
        }
        String prefix = config.pathPrefix();
        if (!prefix.isEmpty() && !TenantPath.staysBelow(target)) {
            return refuse(400, "expected a path without dot segments and controls", Map.of());
        }
        return switch (tenants.enter(tenant.get(), epoch)) {
            case Admission.Misdirected refused -> misdirected(refused);
            case Admission.Visit visit -> {
                clean(headers, tenant.get(), epoch);
                yield new RelayVerdict.Pass(
                        application,
                        prefix.replace("{tenant}", tenant.get().toString()) + target,
                        config.answerMax(),
                        status -> {
                            visit.leave();
                            meters.answered(status);
                        });
            }
        };
    }

    /** What of the fleet's names passes on was set by the fleet: the gateway lets no client set them. */
    private static void clean(HttpHeaders headers, TenantId tenant, long epoch) {
        Optional<String> tier = single(headers, TIER);
        headers.names().stream().filter(TenantPath::isOfTheFleet).toList().forEach(headers::remove);
        headers.set(TENANT, tenant.toString()).set(EPOCH, Long.toString(epoch));
        tier.ifPresent(text -> headers.set(TIER, text));
    }

    @Override
    public RelayVerdict.Refuse failed(RelayFault fault) {
        meters.failed(fault);
        if (fault == RelayFault.REFUSED) {
            tenants.applicationLost(true);
        }
        return switch (fault) {
            case REQUEST_MALFORMED -> refuse(400, "the request is not HTTP", Map.of());
            case REFUSED, UNREACHABLE -> refuse(502, "the application takes no connection", Map.of());
            case BROKEN_OFF -> refuse(502, "the application closed the connection without an answer", Map.of());
            case ANSWER_MALFORMED -> refuse(502, "the application's answer is not HTTP", Map.of());
            case LATE -> refuse(504, "the application did not answer in time", Map.of());
        };
    }

    private RelayVerdict misdirected(Admission.Misdirected refused) {
        meters.misdirected();
        return refuse(
                MISDIRECTED,
                "the tenant is not hosted here under this epoch",
                Map.of("state", refused.state(), "epoch", refused.epoch()));
    }

    private static RelayVerdict.Refuse refuse(int status, String detail, Map<String, ?> members) {
        return new RelayVerdict.Refuse(
                status, "application/problem+json", PodReply.problemJson(status, detail, members));
    }

    /** The value of a header that is there exactly once. */
    private static Optional<String> single(HttpHeaders headers, String name) {
        List<String> values = headers.getAll(name);
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    /** 0 where it is no number: no tenant is ever hot under 0. */
    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
