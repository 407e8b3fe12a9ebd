package io.percolate.gateway.proxy.pod;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** Work that goes on whoever asked for it stays or not, until the end of the process. */
public final class UnderWay implements AutoCloseable {
    private final Set<Disposable> works = ConcurrentHashMap.newKeySet();

    /** Starts work, which reports its own errors; yields what it comes to, once or more. */
    public <T> Mono<T> carriedOut(Mono<T> work) {
        Mono<T> shared = work.cache();
        Disposable.Swap handle = Disposables.swap();
        works.add(handle);
        handle.update(shared.doFinally(signal -> works.remove(handle)).subscribe(done -> {}, reported -> {}));
        return shared;
    }

    @Override
    public void close() {
        works.forEach(Disposable::dispose);
    }
}
