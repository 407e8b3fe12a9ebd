package io.percolate.gateway.proxy.record;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several observers as one: each is told, whatever the others do. */
public final class RequestObservers implements RequestObserver {
    private static final Logger LOG = LoggerFactory.getLogger(RequestObservers.class);

    private final RequestObserver[] observers;

    public RequestObservers(List<RequestObserver> observers) {
        this.observers = observers.toArray(RequestObserver[]::new);
    }

    @Override
    public void completed(RequestTimeline timeline) {
        for (RequestObserver observer : observers) {
            try {
                observer.completed(timeline);
            } catch (RuntimeException broken) {
                LOG.error(
                        "an observer of requests failed: {}",
                        observer.getClass().getSimpleName(),
                        broken);
            }
        }
    }
}
