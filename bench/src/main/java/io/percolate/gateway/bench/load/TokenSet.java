package io.percolate.gateway.bench.load;

/** Tokens that a run's requests carry, one file each, a token a line. */
enum TokenSet {
    /** One for each tenant, seen over and over. */
    WARM("tokens-warm.txt"),
    /** So many that none comes twice in a round. */
    COLD_RS256("tokens-cold-rs256.txt"),
    COLD_ES256("tokens-cold-es256.txt");

    private final String fileName;

    TokenSet(String fileName) {
        this.fileName = fileName;
    }

    String fileName() {
        return fileName;
    }
}
