package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.postgresql.api.ErrorDetails;
import io.r2dbc.postgresql.api.PostgresqlException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.pool.PoolAcquireTimeoutException;
import reactor.pool.PoolShutdownException;

/**
 * Sorts errors of the driver and the pool into {@link DatabaseException.Kind}s; every other error passes unchanged, being
 * the caller's own.
 *
 * <p>Source of the codes: PostgreSQL manual, appendix A.
 */
final class DatabaseErrors {
    private DatabaseErrors() {}

    static Throwable sorted(Throwable error) {
        return switch (error) {
            case DatabaseException known -> known;
            case PostgresqlException fromServer -> fromServer(error, fromServer.getErrorDetails());
            case R2dbcTimeoutException late -> new DatabaseException(Kind.TIMEOUT, text(late), null, null, late);
            case PoolAcquireTimeoutException late -> new DatabaseException(Kind.TIMEOUT, text(late), null, null, late);
            case TimeoutException late -> new DatabaseException(Kind.TIMEOUT, text(late), null, null, late);
            case IOException broken -> unavailable(broken);
            case PoolShutdownException closed -> unavailable(closed);
            case R2dbcTransientResourceException broken -> unavailable(broken);
            case R2dbcException other -> fromDriver(other, other.getSqlState());
            default -> error;
        };
    }

    private static DatabaseException fromServer(Throwable error, ErrorDetails details) {
        return byState(
                error,
                details.getCode(),
                details.getMessage() + " (SQLSTATE " + details.getCode() + ")",
                details.getConstraintName().orElse(null));
    }

    /** The driver reports lost and refused connections under several types without a SQLSTATE. */
    private static DatabaseException fromDriver(R2dbcException error, @Nullable String sqlState) {
        return sqlState == null ? unavailable(error) : byState(error, sqlState, text(error), null);
    }

    private static DatabaseException byState(
            Throwable error, String sqlState, String message, @Nullable String constraint) {
        return new DatabaseException(kind(sqlState), message, sqlState, constraint, error);
    }

    static Kind kind(String sqlState) {
        return switch (sqlState) {
            // query_canceled: statement_timeout; idle_in_transaction_session_timeout, transaction_timeout
            case "57014", "25P03", "25P04" -> Kind.TIMEOUT;
            // serialization_failure, deadlock_detected, lock_not_available
            case "40001", "40P01", "55P03" -> Kind.CONFLICT;
            // too_many_connections; read_only_sql_transaction: a primary that has become a standby
            case "53300", "25006" -> Kind.UNAVAILABLE;
            default -> byClass(sqlState);
        };
    }

    private static Kind byClass(String sqlState) {
        return switch (sqlState.length() < 2 ? "" : sqlState.substring(0, 2)) {
            // connection exception; operator intervention (shutdown, starting up); system error
            case "08", "57", "58" -> Kind.UNAVAILABLE;
            case "23" -> Kind.CONSTRAINT;
            default -> Kind.OTHER;
        };
    }

    private static DatabaseException unavailable(Throwable error) {
        return new DatabaseException(
                Kind.UNAVAILABLE, "the management database cannot be reached: " + text(error), null, null, error);
    }

    private static String text(Throwable error) {
        String own = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        Throwable cause = error.getCause();
        return cause == null || cause.getMessage() == null || own.contains(cause.getMessage())
                ? own
                : own + ": " + cause.getMessage();
    }
}
