package io.percolate.gateway.bench.handoff;

/**
 * What a case has shown.
 *
 * @param within whether all of its bounds hold
 */
record CaseResult(boolean within, String markdown) {}
