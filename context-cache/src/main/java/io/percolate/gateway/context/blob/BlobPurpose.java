package io.percolate.gateway.context.blob;

import java.util.Optional;
import java.util.stream.Stream;

/** What a blob is for; one sealed for one purpose never opens as another. */
public enum BlobPurpose {
    /** What a cold tenant is answered from. */
    CONTEXT(1),
    /** The whole of a tenant's data, as a pod exported it. */
    SNAPSHOT(2);

    private final int code;

    BlobPurpose(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Optional<BlobPurpose> of(int code) {
        return Stream.of(values()).filter(purpose -> purpose.code == code).findFirst();
    }
}
