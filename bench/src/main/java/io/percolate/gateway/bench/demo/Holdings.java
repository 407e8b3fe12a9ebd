package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.ServerProcess;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** All that the demo has started, closed in order and, within one rank of it, at once. */
final class Holdings implements AutoCloseable {
    /** Who is closed before whom. */
    enum Order {
        DESCRIPTION,
        EDGE,
        MANAGEMENT,
        PODS,
        STORAGE
    }

    private record Holding(Order order, AutoCloseable resource) {}

    private final List<Holding> held = new ArrayList<>();
    private boolean closed;

    /** Keeps the resource until the end, which may have come already: then it is closed here and now. */
    <T extends AutoCloseable> T hold(Order order, T resource) {
        synchronized (this) {
            if (!closed) {
                held.add(new Holding(order, resource));
                return resource;
            }
        }
        close(resource);
        throw new DemoException("the demo is being stopped");
    }

    synchronized List<ServerProcess> processes() {
        return held.stream()
                .map(Holding::resource)
                .filter(ServerProcess.class::isInstance)
                .map(ServerProcess.class::cast)
                .toList();
    }

    @Override
    public void close() {
        List<Holding> toClose;
        synchronized (this) {
            closed = true;
            toClose = List.copyOf(held);
            held.clear();
        }
        toClose.stream().collect(Collectors.groupingBy(Holding::order)).entrySet().stream()
                .sorted(Comparator.comparing(java.util.Map.Entry::getKey))
                .forEach(rank -> closeAll(rank.getValue()));
    }

    private static void closeAll(List<Holding> rank) {
        try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
            rank.forEach(holding -> together.submit(() -> close(holding.resource())));
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever fails, the others must be closed, too
    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            System.err.println("not stopped in order: " + e);
        }
    }
}
