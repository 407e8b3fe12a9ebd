package io.percolate.gateway.proxy.record;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.concurrent.TimeUnit;

/** Requests that are over, for tests of observers. */
public final class Timelines {
    public static final TenantId TENANT = TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01");

    private Timelines() {}

    /** A GET answered 200 by the tenant's pod, 20 ms after its first byte. */
    public static RequestTimeline answeredByPod() {
        RequestTimeline timeline = new RequestTimeline();
        timeline.startedNanos = 1;
        timeline.authenticatedNanos = at(1);
        timeline.resolvedNanos = at(2);
        timeline.forwardedNanos = at(3);
        timeline.firstByteNanos = at(13);
        timeline.completedNanos = at(20);
        timeline.method = "GET";
        timeline.target = "/whoami?x=1";
        timeline.requestId = "req-1";
        timeline.clientAddress = "192.0.2.7";
        timeline.tenant = TENANT;
        timeline.tier = Tier.A;
        timeline.pod = new PodId("a-0");
        timeline.status = 200;
        timeline.answeredBy = AnsweredBy.POD;
        timeline.requestBodyBytes = 10;
        timeline.responseBodyBytes = 300;
        timeline.complete = true;
        return timeline;
    }

    private static long at(int millis) {
        return 1 + TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
