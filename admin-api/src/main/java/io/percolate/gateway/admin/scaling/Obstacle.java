package io.percolate.gateway.admin.scaling;

/**
 * What keeps a pod from coming about.
 *
 * @param detail the cluster's own words, shortened
 */
public record Obstacle(Refusal refusal, String detail) {
    private static final int DETAIL_CHARS_MAX = 500;

    public Obstacle {
        detail = detail.length() > DETAIL_CHARS_MAX ? detail.substring(0, DETAIL_CHARS_MAX) : detail;
    }
}
