package io.percolate.gateway.routing.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which database versions are counted by: another one, or one that was promoted, starts over, and its versions cannot be
 * compared. Safe for use from any thread.
 */
public final class DatabaseHistory {
    /** Before PostgreSQL was reached: then the values of any history are taken, and none is put. */
    static final long UNKNOWN = 0;

    private volatile long known = UNKNOWN;

    /** The history is this one from now on. */
    void learn(String identity) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            known = ByteBuffer.wrap(digest).getLong() | 1;
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has SHA-256", absent);
        }
    }

    long known() {
        return known;
    }

    boolean isOurs(long history) {
        long ours = known;
        return ours == UNKNOWN || ours == history;
    }
}
