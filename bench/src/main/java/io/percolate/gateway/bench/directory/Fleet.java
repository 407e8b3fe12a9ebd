package io.percolate.gateway.bench.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Several processes that watch the same tenants. */
final class Fleet implements AutoCloseable {
    private final List<DirectoryChild> processes = new ArrayList<>();

    /** Starts a line that tells how long, in microseconds, a process did not hear changes. */
    static final String DEAF = "deaf ";

    /** How long processes did not hear changes, each time, in microseconds. */
    final List<Long> deafMicros = new ArrayList<>();

    /** What a process saw of one tenant: the version it holds in the end, when it heard of it and first held it. */
    record Seen(long version, long heardMicros, long micros) {}

    static Fleet start(int count, String heap, List<String> arguments) {
        Fleet fleet = new Fleet();
        try {
            for (int i = 0; i < count; i++) {
                fleet.processes.add(DirectoryChild.start(heap, arguments, figure -> {}));
            }
            fleet.processes.forEach(DirectoryChild::awaitReady);
            fleet.processes.forEach(DirectoryChild::go);
            return fleet;
        } catch (RuntimeException failed) {
            fleet.close();
            throw failed;
        }
    }

    /** Ends the watch; for each process what it saw, by number of the tenant. */
    List<Map<Integer, Seen>> end() {
        processes.forEach(DirectoryChild::go);
        List<Map<Integer, Seen>> all = new ArrayList<>();
        for (DirectoryChild process : processes) {
            Map<Integer, Seen> seen = new HashMap<>();
            for (String line : process.awaitEnd()) {
                if (line.startsWith(DEAF)) {
                    deafMicros.add(Long.valueOf(line.substring(DEAF.length())));
                    continue;
                }
                String[] parts = line.split(" ");
                seen.put(
                        Integer.valueOf(parts[0]),
                        new Seen(Long.parseLong(parts[1]), Long.parseLong(parts[2]), Long.parseLong(parts[3])));
            }
            all.add(seen);
        }
        return all;
    }

    @Override
    public void close() {
        processes.forEach(DirectoryChild::close);
    }
}
