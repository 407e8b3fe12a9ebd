package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Interim answers that tell a client, while its request is held, where the time goes: {@code 103 Early Hints} (RFC 8297)
 * with {@code Server-Timing}. What there is to tell is asked for now and then; a client that does not take what it was
 * told before is told nothing. On the client's event loop only.
 */
final class EarlyHints extends LoopTimer.Deadline {
    private static final long LOOK_NANOS = 100_000_000L;

    private final ClientStream client;
    private final ClientAnswer answer;
    private final ExchangeProgress progress;
    private @Nullable Supplier<@Nullable String> timing;
    private @Nullable AwaitedResult<?> hold;

    EarlyHints(ClientStream client, ClientAnswer answer, ExchangeProgress progress) {
        super(client.loop().timer());
        this.client = client;
        this.answer = answer;
        this.progress = progress;
    }

    /** Tells what there is now, and what comes until the hold that is under way ends. */
    void begin(Supplier<@Nullable String> news) {
        timing = news;
        hold = progress.hold();
        tell(System.nanoTime());
    }

    @Override
    void expired(long nowNanos) {
        tell(nowNanos);
    }

    private void tell(long nowNanos) {
        if (!isHeld()) {
            timing = null;
            hold = null;
            return;
        }
        Supplier<@Nullable String> news = timing;
        String text = news != null && client.isWritable() ? news.get() : null;
        if (text != null) {
            answer.interim(ResponseHead.earlyHints(text));
            answer.flush();
        }
        set(nowNanos + LOOK_NANOS);
    }

    private boolean isHeld() {
        AwaitedResult<?> under = hold;
        return under != null && under.equals(progress.hold());
    }
}
