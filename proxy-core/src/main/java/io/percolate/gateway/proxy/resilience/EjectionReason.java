package io.percolate.gateway.proxy.resilience;

/** Why a pod is left alone; a metric label. */
public enum EjectionReason {
    CONSECUTIVE_5XX,
    CONSECUTIVE_GATEWAY,
    SUCCESS_RATE,
    /** It does not accept connections. */
    UNREACHABLE,
    /** It does not answer health checks. */
    HEALTH_CHECK;

    /** Whether the pod is away, as far as can be told, rather than answering badly. */
    public boolean isAbsence() {
        return switch (this) {
            case UNREACHABLE, HEALTH_CHECK -> true;
            case CONSECUTIVE_5XX, CONSECUTIVE_GATEWAY, SUCCESS_RATE -> false;
        };
    }
}
