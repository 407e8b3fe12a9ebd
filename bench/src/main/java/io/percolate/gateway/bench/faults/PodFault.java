package io.percolate.gateway.bench.faults;

/** What a stand-in pod does wrong. */
enum PodFault {
    NONE,
    /** Every tenth request is answered 500. */
    ERRORS,
    /** Answers take ten times as long. */
    SLOW,
    /** Requests and health checks are taken and never answered. */
    SILENT,
    /** Answers are reset in their midst. */
    RESET,
    /** Connections are refused, and those that were open are closed. */
    REFUSING
}
