package io.percolate.gateway.proxy.main;

/** What the process tells its parent. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    /** Of the command line or the configuration. */
    static final int USAGE = 2;
    /** What was asked about would be refused. */
    static final int REFUSED = 3;

    private ExitCode() {}
}
