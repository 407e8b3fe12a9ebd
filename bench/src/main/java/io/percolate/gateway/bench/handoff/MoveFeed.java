package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What movers say, as far as it was read; by one thread. */
final class MoveFeed {
    private final Fleet fleet;
    private final Map<Member, Long> read = new HashMap<>();
    private final List<MoveRecord> all = new ArrayList<>();

    MoveFeed(Fleet fleet) {
        this.fleet = fleet;
    }

    /** What is new since the last call. */
    List<MoveRecord> poll() {
        List<MoveRecord> fresh = new ArrayList<>();
        for (Member mover : fleet.movers()) {
            if (Files.exists(mover.log())) {
                poll(mover, fresh);
            }
        }
        all.addAll(fresh);
        return fresh;
    }

    private void poll(Member mover, List<MoveRecord> fresh) {
        try (RandomAccessFile file = new RandomAccessFile(mover.log().toFile(), "r")) {
            long from = read.getOrDefault(mover, 0L);
            file.seek(from);
            byte[] bytes = new byte[Math.toIntExact(file.length() - from)];
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.US_ASCII);
            // A line that is not whole yet is read with the next ones.
            int end = text.lastIndexOf('\n') + 1;
            text.substring(0, end)
                    .lines()
                    .forEach(line -> MoveRecord.parse(line).ifPresent(fresh::add));
            read.put(mover, from + end);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** What was said until now is not told. */
    void forget() {
        poll();
        all.clear();
    }

    List<MoveRecord> all() {
        return List.copyOf(all);
    }

    long moved() {
        return all.stream().filter(MoveRecord::isMoved).count();
    }
}
