package io.percolate.gateway.bench.directory;

import java.util.Locale;

/** What is measured. */
enum DirectoryCase {
    MEMORY("What does a cached tenant take, and what does a hit cost? Does activity cause loads?"),
    MISSES("What does a miss cost, alone, at a rate, and after a full flush under load?"),
    UNBATCHED("The same with one tenant a query, as it would be without batches."),
    CHANGES("How soon do single changes of tiers reach every process, also across lost connections?"),
    BULK("Does a change of very many rows block other writers, fill the queue of notifications, or get lost?"),
    OUTAGE("Are known tenants answered while PostgreSQL is away?"),
    PLANS("Which indexes do the statements of the directory use?");

    private final String question;

    DirectoryCase(String question) {
        this.question = question;
    }

    String question() {
        return question;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
