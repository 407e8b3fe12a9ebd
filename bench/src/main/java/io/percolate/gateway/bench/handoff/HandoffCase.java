package io.percolate.gateway.bench.handoff;

/** What {@code bench handoff} does to a fleet under load. */
enum HandoffCase {
    MOVES(
            "Results",
            "Tenants move, and processes are killed at random: is anything lost, and what do requests notice?"),
    LOSS(
            "A lost pod",
            "One pod of each tier is killed and stays dead: when do its tenants answer again, and what is lost?"),
    ROLLING("A rolling deploy", "Every pod of a tier is drained, stopped and started anew: does any client notice?"),
    SPLIT(
            "Network splits",
            "Processes are cut off from PostgreSQL while tenants move: is anybody hosted twice, and who waits?");

    private final String section;
    private final String question;

    HandoffCase(String section, String question) {
        this.section = section;
        this.question = question;
    }

    /** Its heading in the report. */
    String section() {
        return section;
    }

    String question() {
        return question;
    }
}
