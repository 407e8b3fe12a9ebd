package io.percolate.gateway.proxy.record;

import java.util.List;
import java.util.function.Consumer;
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
        each(observer -> observer.completed(timeline));
    }

    @Override
    public void goesOn(RequestTimeline timeline) {
        each(observer -> observer.goesOn(timeline));
    }

    private void each(Consumer<RequestObserver> telling) {
        for (RequestObserver observer : observers) {
            try {
                telling.accept(observer);
            } catch (RuntimeException broken) {
                LOG.error(
                        "an observer of requests failed: {}",
                        observer.getClass().getSimpleName(),
                        broken);
            }
        }
    }
}
