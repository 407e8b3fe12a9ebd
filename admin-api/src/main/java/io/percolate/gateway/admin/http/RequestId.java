package io.percolate.gateway.admin.http;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names a request in answers, logs and audit rows: the caller's own name for it, or a fresh one. */
final class RequestId {
    static final String HEADER = "X-Request-Id";

    private static final Pattern ACCEPTED = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private RequestId() {}

    static String of(@Nullable String given) {
        return given != null && ACCEPTED.matcher(given).matches() ? given : fresh();
    }

    static String fresh() {
        return UUID.randomUUID().toString();
    }
}
