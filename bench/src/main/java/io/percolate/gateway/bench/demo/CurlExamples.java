package io.percolate.gateway.bench.demo;

import io.percolate.gateway.bench.demo.DemoDescription.Gateway;
import io.percolate.gateway.bench.launch.SelfSignedCertificate;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** What to try first, ready to paste. */
final class CurlExamples {
    private CurlExamples() {}

    static String of(
            Gateway gateway,
            URI secured,
            SelfSignedCertificate certificate,
            URI management,
            Path adminToken,
            Path tokens,
            List<DemoTenant> tenants) {
        DemoTenant hot = first(tenants, Tier.C, Residency.HOT);
        DemoTenant cold = first(tenants, Tier.B, Residency.COLD);
        return """
                Try, in another terminal:

                  # a hot tenant (%s, tier %s), answered by its pod
                  curl -H "Authorization: Bearer $(cat %s)" %s/whoami

                  # the same by TLS
                  curl --cacert %s -H "Authorization: Bearer $(cat %s)" %s/whoami

                  # a cold tenant (%s, tier %s): first from its context, soon by a pod
                  curl -i -H "Authorization: Bearer $(cat %s)" %s/whoami

                  # where the gateway sends the hot tenant, and its metrics
                  curl %s/routes/%s
                  curl %s/metrics

                  # all tenants; drop what every gateway has cached
                  curl -H "Authorization: Bearer $(cat %s)" %s/v1/tenants
                  curl -X POST -H "Authorization: Bearer $(cat %s)" -H 'Content-Type: application/json' \\
                       -d '{"all": true}' %s/v1/caches/flush
                """.formatted(
                        hot.name(),
                        hot.tier(),
                        tokens.resolve(hot.name()),
                        gateway.edge(),
                        certificate.certificate(),
                        tokens.resolve(hot.name()),
                        secured,
                        cold.name(),
                        cold.tier(),
                        tokens.resolve(cold.name()),
                        gateway.edge(),
                        gateway.ops(),
                        hot.id(),
                        gateway.ops(),
                        adminToken,
                        management,
                        adminToken,
                        management);
    }

    private static DemoTenant first(List<DemoTenant> tenants, Tier tier, Residency residency) {
        return tenants.stream()
                .filter(tenant -> tenant.tier() == tier
                        && tenant.residency() == residency
                        && tenant.status() == TenantStatus.ACTIVE)
                .findFirst()
                .orElseThrow();
    }
}
