package io.percolate.gateway.bench.handoff.load;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The history of one tenant's log with one writer, who sends each entry once: acknowledged ones must stay, in their order,
 * and none may be there twice. One whose answer was lost may be there or not.
 */
final class MessageLog {
    private final String name;
    private final List<Long> acknowledged = new ArrayList<>();
    /** Where the pod has put them, each greater than the one before. */
    private final List<Long> places = new ArrayList<>();

    private long sent;

    MessageLog(String name) {
        this.name = name;
    }

    synchronized long next() {
        return ++sent;
    }

    synchronized void acknowledge(long entry, long place) {
        acknowledged.add(entry);
        places.add(place);
    }

    /** Behind which place to read so as to see the last few acknowledged entries, and the first of these. */
    synchronized Window window(int entries) {
        int from = acknowledged.size() - entries;
        return from < 1 ? new Window(0, 0) : new Window(places.get(from - 1), acknowledged.get(from));
    }

    record Window(long after, long firstWanted) {}

    synchronized int acknowledgedCount() {
        return acknowledged.size();
    }

    /**
     * What is wrong with a part of the log.
     *
     * @param mustHave how many of the acknowledged were so before it was read
     * @param firstWanted entries before this one are not in that part
     */
    synchronized List<String> judge(List<Long> seen, int mustHave, long firstWanted) {
        List<String> problems = new ArrayList<>();
        Set<Long> once = new HashSet<>();
        for (long entry : seen) {
            if (!once.add(entry)) {
                problems.add(name + ": entry " + entry + " is there twice");
            }
            if (entry > sent) {
                problems.add(name + ": entry " + entry + " was never sent");
            }
        }
        long last = 0;
        Set<Long> surely = new HashSet<>(acknowledged);
        for (long entry : seen) {
            if (surely.contains(entry)) {
                if (entry < last) {
                    problems.add(name + ": entry " + entry + " stands behind " + last);
                }
                last = entry;
            }
        }
        for (long entry : acknowledged.subList(0, mustHave)) {
            if (entry >= firstWanted && !once.contains(entry)) {
                problems.add(name + ": acknowledged entry " + entry + " is gone");
            }
        }
        return problems;
    }
}
