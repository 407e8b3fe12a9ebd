package io.percolate.gateway.admin.cli;

/** What every command exits with. */
public final class ExitCode {
    public static final int DONE = 0;
    /** It was asked rightly and did not succeed. */
    public static final int FAILED = 1;
    /** Wrong usage or configuration: nothing was tried. */
    public static final int REFUSED = 2;

    private ExitCode() {}
}
