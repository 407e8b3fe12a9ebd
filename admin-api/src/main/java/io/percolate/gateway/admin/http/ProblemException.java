package io.percolate.gateway.admin.http;

import org.jspecify.annotations.Nullable;

/** Carries a {@link Problem} through reactive types; without a stack trace, since the kind says where it arose. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    ProblemException(Problem problem, @Nullable Throwable cause) {
        super(problem.kind() + ": " + problem.detail(), cause, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
