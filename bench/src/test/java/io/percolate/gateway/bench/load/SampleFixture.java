package io.percolate.gateway.bench.load;

import java.util.SortedMap;
import java.util.TreeMap;

/** Rounds with made-up figures. */
final class SampleFixture {
    static final Conditions CALM = new Conditions(0, 0, 0);
    static final Conditions STOLEN = new Conditions(0.03, 0, 0);

    private SampleFixture() {}

    static Sample sample(double requestsPerSecond, double cpu, Conditions conditions) {
        return new Sample(requestsPerSecond, cpu, 100, 200, 300, 1 << 20, 0, 1, conditions);
    }

    /** Calm rounds of these CPU-seconds per 1,000 requests, numbered from 1. */
    static Samples calm(String peer, LoadCase load, double... cpu) {
        SortedMap<Integer, Sample> rounds = new TreeMap<>();
        for (double one : cpu) {
            rounds.put(rounds.size() + 1, sample(1_000 / one, one, CALM));
        }
        return new Samples(peer, load, rounds);
    }
}
