package io.percolate.gateway.proxy.sidecar.hook;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Calls hooks of one kind. Each call ends within its time, and errors with a {@link HookException}. */
interface HookCalls<H extends Hook> {
    /**
     * @param input a file whose content the hook is given; null for none
     * @param output a file that the hook's own output goes to, which is made; null where it tells nothing
     * @param outputBytesMax a longer output is an error
     */
    record Call(
            HookName name,
            TenantId tenant,
            long epoch,
            @Nullable Path input,
            @Nullable Path output,
            long outputBytesMax,
            Duration timeout) {}

    /** Yields the type of the output, as the hook says or as the bytes of no known kind. */
    Mono<String> call(H hook, Call call);
}
