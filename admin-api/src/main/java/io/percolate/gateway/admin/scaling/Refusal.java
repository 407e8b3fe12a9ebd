package io.percolate.gateway.admin.scaling;

import java.time.Duration;
import java.util.Locale;

/** Why a tier cannot grow; closed, and also the metric label. */
public enum Refusal {
    MAX_REPLICAS("it has as many pods as it may have", Duration.ofSeconds(15)),
    QUOTA("the cluster's quota is used up", Duration.ofSeconds(30)),
    UNSCHEDULABLE("no node of the cluster has room for its pods", Duration.ofSeconds(30)),
    IMAGE_PULL("the image of its pods cannot be pulled", Duration.ofSeconds(60)),
    CRASHING("its new pods do not stay up", Duration.ofSeconds(30)),
    CONFIGURATION("its pods cannot be started as they are configured", Duration.ofSeconds(60)),
    /** By RBAC, or by an admission controller. */
    DENIED("the cluster does not allow it", Duration.ofSeconds(60)),
    WORKLOAD_MISSING("its workload is not in the cluster", Duration.ofSeconds(60)),
    API_UNAVAILABLE("the cluster does not answer", Duration.ofSeconds(10));

    private final String reason;
    private final Duration retryAfter;

    Refusal(String reason, Duration retryAfter) {
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /** For anybody. */
    String reason() {
        return reason;
    }

    Duration retryAfter() {
        return retryAfter;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
