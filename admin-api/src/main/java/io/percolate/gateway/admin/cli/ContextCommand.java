package io.percolate.gateway.admin.cli;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.ContextConfig;
import io.percolate.gateway.context.Contexts;
import io.percolate.gateway.context.keys.PostgresKeyRows;
import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.context.store.ContextBlobs;
import io.percolate.gateway.context.store.OpenedContext;
import io.percolate.gateway.context.store.S3ContextStore.Written;
import io.percolate.gateway.context.store.StoredObject;
import io.percolate.gateway.context.store.SupersededException;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** {@code context}: writes and reads tenants' context blobs, sealed and opened as the gateway does it, and wraps their
 * keys anew. */
@Command(
        name = "context",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Writes and reads tenants' context blobs.",
            "",
            "Needs MANAGEMENT_DB_URL, S3_CONTEXT_CACHE_BUCKET and GATEWAY_KEY_ENCRYPTION_KEY. The blob of a mobile_only"
                    + " tenant is ciphertext, which is passed as it is."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class ContextCommand {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int CONCURRENCY_MAX = 64;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Mixin
    private final Environment environment;

    private final PrintStream bytesOut;

    /** {@code bytesOut}: where {@code get} writes a blob that has no file to go to. */
    public ContextCommand(Environment environment, PrintStream bytesOut) {
        this.environment = environment;
        this.bytesOut = bytesOut;
    }

    @Command(name = "put", mixinStandardHelpOptions = true, description = "Seals a file as the tenant's context.")
    int put(
            @Option(names = "--tenant", paramLabel = "ID", required = true, description = "the tenant's id (UUID)")
                    String tenant,
            @Option(
                            names = "--content-type",
                            paramLabel = "TYPE",
                            defaultValue = "application/octet-stream",
                            description = "media type of the content; default ${DEFAULT-VALUE}")
                    String contentType,
            @Parameters(paramLabel = "FILE", description = "the content") Path file) {
        if (!Files.isReadable(file)) {
            throw new CommandFailure("cannot read " + file, null);
        }
        Written written = with(
                tenant,
                (blobs, subject) -> blobs.put(subject.id(), subject.mode(), contentType, file, subject.epoch()));
        out().println("stored " + written.length() + " bytes under " + written.etag());
        return ExitCode.DONE;
    }

    @Command(name = "get", mixinStandardHelpOptions = true, description = "Opens the tenant's context.")
    int get(
            @Option(names = "--tenant", paramLabel = "ID", required = true, description = "the tenant's id (UUID)")
                    String tenant,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            description = "where to write it; else to standard output")
                    @Nullable
                    Path file) {
        OpenedContext context = with(tenant, (blobs, subject) -> blobs.get(subject.id(), subject.mode()));
        try (InputStream content = context.content().stream()) {
            if (file == null) {
                content.transferTo(bytesOut);
                bytesOut.flush();
            } else {
                Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
                out().println("wrote " + context.content().length() + " bytes of " + context.contentType() + " to "
                        + file);
            }
        } catch (IOException failed) {
            throw new CommandFailure("cannot write the context: " + failed.getMessage(), failed);
        }
        return ExitCode.DONE;
    }

    @Command(name = "head", mixinStandardHelpOptions = true, description = "Says what is stored, without opening it.")
    int head(
            @Option(names = "--tenant", paramLabel = "ID", required = true, description = "the tenant's id (UUID)")
                    String tenant) {
        StoredObject stored = with(tenant, (blobs, subject) -> blobs.head(subject.id()));
        PrintWriter out = out();
        out.println("etag: " + stored.etag());
        out.println("last modified: " + stored.lastModified());
        out.println("bytes stored: " + stored.length());
        out.println("content type: " + stored.contentType());
        stored.notes().contentLength().ifPresent(length -> out.println("bytes opened: " + length));
        stored.notes().epoch().ifPresent(epoch -> out.println("epoch: " + epoch));
        stored.notes()
                .securityMode()
                .ifPresent(mode -> out.println("security mode: " + mode.name().toLowerCase(Locale.ROOT)));
        return ExitCode.DONE;
    }

    @Command(
            name = "rewrap",
            mixinStandardHelpOptions = true,
            description = {
                "Wraps every tenant's keys by the first key of GATEWAY_KEY_ENCRYPTION_KEY.",
                "",
                "The second step of replacing a key-encryption key, once all processes know the new one; blobs stay as"
                        + " they are. May be run again at any time, and goes on where it was stopped."
            })
    int rewrap(
            @Option(
                            names = "--concurrency",
                            defaultValue = "8",
                            description = "tenants at once; default ${DEFAULT-VALUE}")
                    int concurrency) {
        if (concurrency < 1 || concurrency > CONCURRENCY_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--concurrency: expected 1 to " + CONCURRENCY_MAX + ", got " + concurrency);
        }
        Settings settings = settings();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ManagementDatabase database = ManagementDatabase.open(settings.database(), "percolate-context", meters);
        try (TenantKeys keys =
                new TenantKeys(new PostgresKeyRows(database), settings.context().keys())) {
            return new KeyRewrapping(keys, concurrency, out()).run() ? ExitCode.DONE : ExitCode.FAILED;
        } catch (DatabaseException failed) {
            throw new CommandFailure(String.valueOf(failed.getMessage()), failed);
        } finally {
            database.close().block(CLOSE_TIMEOUT);
        }
    }

    /** Whose blob it is, who may open it, and the epoch under which it is written. */
    private record Subject(TenantId id, SecurityMode mode, long epoch) {}

    private <T> T with(String tenant, BiFunction<ContextBlobs, Subject, Mono<T>> work) {
        TenantId id = TenantId.parse(tenant)
                .orElseThrow(() ->
                        new ParameterException(spec.commandLine(), "--tenant: expected a UUID, got '" + tenant + "'"));
        Settings settings = settings();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ManagementDatabase database = ManagementDatabase.open(settings.database(), "percolate-context", meters);
        try (Contexts contexts = Contexts.open(settings.context(), database, meters)) {
            return Objects.requireNonNull(subject(database, id)
                    .flatMap(subject -> work.apply(contexts.blobs(), subject))
                    .block(TIMEOUT));
        } catch (FailureException failed) {
            throw new CommandFailure(failed.failure().clientDetail(), failed);
        } catch (DatabaseException | SupersededException failed) {
            throw new CommandFailure(String.valueOf(failed.getMessage()), failed);
        } finally {
            database.close().block(CLOSE_TIMEOUT);
        }
    }

    private record Settings(DatabaseConfig database, ContextConfig context) {}

    private Settings settings() {
        return environment.read(reader -> new Settings(DatabaseConfig.read(reader), ContextConfig.read(reader)));
    }

    private static Mono<Subject> subject(ManagementDatabase database, TenantId id) {
        return database.queryFirst(
                        "SELECT t.security_mode, s.epoch FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id"
                                + " WHERE t.id = $1",
                        row -> new Subject(
                                id,
                                SecurityMode.valueOf(Objects.requireNonNull(row.get("security_mode", String.class))
                                        .toUpperCase(Locale.ROOT)),
                                Objects.requireNonNull(row.get("epoch", Long.class))),
                        id.value())
                .map(found -> found.orElseThrow(() -> new CommandFailure("there is no tenant " + id, null)));
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
