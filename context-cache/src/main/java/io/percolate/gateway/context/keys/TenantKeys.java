package io.percolate.gateway.context.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The keys of tenants, unwrapped and remembered for a while.
 *
 * <p>Errors with {@link UnreadableBlobException} where a key is missing or cannot be unwrapped, and with what the rows
 * error with, or the key-encryption keys do, where they cannot be reached. Completes on their threads, or at once.
 */
public final class TenantKeys implements AutoCloseable {
    /** Each further round means that another process has made a newer version in between. */
    private static final int ROTATION_ROUNDS_MAX = 5;

    private final KeyRows rows;
    private final KeyEncryptionKeys keyEncryptionKeys;
    private final WrappedKeys wrapped;
    private final Cache<VersionOf, TenantKey> opening;
    private final Cache<TenantId, TenantKey> sealing;

    private record VersionOf(TenantId tenant, int version) {}

    public TenantKeys(KeyRows rows, KeysConfig config) {
        this(rows, config, Ticker.systemTicker());
    }

    TenantKeys(KeyRows rows, KeysConfig config, Ticker ticker) {
        this.rows = rows;
        this.keyEncryptionKeys = config.keyEncryptionKeys();
        this.wrapped = new WrappedKeys(keyEncryptionKeys);
        this.opening = remembering(config, ticker);
        this.sealing = remembering(config, ticker);
    }

    /** The key that opens what was sealed with this version. */
    public Mono<TenantKey> opening(TenantId tenant, int version) {
        return Mono.defer(() -> {
            VersionOf versionOf = new VersionOf(tenant, version);
            @Nullable TenantKey known = opening.getIfPresent(versionOf);
            return known != null
                    ? Mono.just(known)
                    : rows.ofVersion(tenant, version)
                            .flatMap(row -> row.map(found -> unwrapped(tenant, found))
                                    .orElseGet(() -> Mono.error(new UnreadableBlobException(
                                            Unreadable.KEY_UNKNOWN,
                                            "tenant " + tenant + " has no key of version " + version))))
                            .doOnNext(key -> opening.put(versionOf, key));
        });
    }

    /** The key that seals now: the newest; made when the tenant has none. */
    public Mono<TenantKey> sealing(TenantId tenant) {
        return Mono.defer(() -> {
            @Nullable TenantKey known = sealing.getIfPresent(tenant);
            return known != null
                    ? Mono.just(known)
                    : newestRow(tenant)
                            .flatMap(row -> unwrapped(tenant, row))
                            .doOnNext(key -> sealing.put(tenant, key));
        });
    }

    /**
     * Makes a new version, which seals from now on here, and elsewhere once what is remembered there has grown old.
     * Older versions go on opening what they sealed.
     */
    public Mono<TenantKey> rotate(TenantId tenant) {
        return rotated(tenant, ROTATION_ROUNDS_MAX).doOnNext(key -> sealing.put(tenant, key));
    }

    /** Wraps the tenant's keys by the first key-encryption key; yields how many were wrapped by another before. */
    public Mono<Long> rewrap(TenantId tenant) {
        return rows.all(tenant)
                .flatMapMany(Flux::fromIterable)
                .filter(row -> !row.keyEncryptionKey().equals(keyEncryptionKeys.primary()))
                .concatMap(row -> wrapped.rewrap(tenant, row)
                        .flatMap(rewrapped -> rows.rewrap(tenant, rewrapped, row.keyEncryptionKey())))
                .filter(Boolean::booleanValue)
                .count();
    }

    /** Tenants that {@link #rewrap} has work with, in the order of their ids. */
    public Mono<List<TenantId>> toRewrap(Optional<TenantId> after, int limit) {
        return rows.wrappedByOthers(keyEncryptionKeys.primary(), after, limit);
    }

    /** The name of the key-encryption key that wraps. */
    public String primary() {
        return keyEncryptionKeys.primary();
    }

    /** Notes that a context was written under this epoch, so that none of an earlier one opens from then on. */
    public Mono<Void> contextWritten(TenantId tenant, long epoch) {
        return rows.contextWritten(tenant, epoch);
    }

    /** Forgets what is remembered of the tenant. */
    public void forget(TenantId tenant) {
        sealing.invalidate(tenant);
        opening.asMap().keySet().removeIf(key -> key.tenant().equals(tenant));
    }

    /** Two processes that find none make the same version: the first insert wins, and both read what it wrote. */
    private Mono<KeyRow> newestRow(TenantId tenant) {
        return rows.all(tenant)
                .flatMap(all -> newest(all)
                        .map(Mono::just)
                        .orElseGet(() -> wrapped.create(tenant, nextVersion(all))
                                .flatMap(made -> rows.insert(tenant, made))
                                .then(rows.all(tenant))
                                .flatMap(made -> newest(made)
                                        .map(Mono::just)
                                        .orElseGet(() -> Mono.error(new UnreadableBlobException(
                                                Unreadable.KEY_UNKNOWN,
                                                "the key just made for tenant " + tenant + " was retired at once"))))));
    }

    private Mono<TenantKey> rotated(TenantId tenant, int rounds) {
        return rows.all(tenant)
                .flatMap(all -> wrapped.create(tenant, nextVersion(all)))
                .flatMap(row -> rows.insert(tenant, row).flatMap(inserted -> {
                    if (inserted) {
                        return unwrapped(tenant, row);
                    }
                    return rounds > 1
                            ? rotated(tenant, rounds - 1)
                            : Mono.error(new IllegalStateException("the keys of tenant " + tenant
                                    + " are being rotated by others: gave up after " + ROTATION_ROUNDS_MAX
                                    + " rounds"));
                }));
    }

    private static Optional<KeyRow> newest(List<KeyRow> oldestFirst) {
        return oldestFirst.reversed().stream().filter(row -> !row.retired()).findFirst();
    }

    /** Retired versions are counted too: no version is ever used for two keys. */
    private static int nextVersion(List<KeyRow> oldestFirst) {
        return oldestFirst.isEmpty() ? 1 : oldestFirst.getLast().version() + 1;
    }

    private Mono<TenantKey> unwrapped(TenantId tenant, KeyRow row) {
        return wrapped.unwrap(tenant, row);
    }

    private static <K> Cache<K, TenantKey> remembering(KeysConfig config, Ticker ticker) {
        return Caffeine.newBuilder()
                .maximumSize(config.rememberedMax())
                .expireAfterWrite(config.fresh())
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** Ends what the key-encryption keys hold open. Blocks. */
    @Override
    public void close() {
        keyEncryptionKeys.close();
    }
}
