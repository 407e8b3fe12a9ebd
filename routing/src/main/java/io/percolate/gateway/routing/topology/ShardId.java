package io.percolate.gateway.routing.topology;

/** Identity of a shard, as in the {@code shards} table. */
public record ShardId(String value) {
    /** The longest name of a shard, or of a group of shards. */
    public static final int LENGTH_MAX = 63;

    public ShardId {
        if (value.isBlank() || value.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("a shard id has 1 to " + LENGTH_MAX + " characters: '" + value + "'");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
