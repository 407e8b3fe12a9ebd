package io.percolate.gateway.bench.handoff.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A WebSocket to the tenant's echo, used by one thread. */
final class EchoSocket implements AutoCloseable, WebSocket.Listener {
    static final int OPEN = 0;
    static final int COME_AGAIN = 1012;
    private static final int BROKEN = 1006;
    private static final Duration OPEN_MAX = Duration.ofSeconds(60);
    private static final int ANSWER_SECONDS_MAX = 30;
    private static final int WAITING_MAX = 16;
    private static final String END = "";

    private final BlockingQueue<String> heard = new ArrayBlockingQueue<>(WAITING_MAX);
    private volatile int closeCode = OPEN;
    private @Nullable WebSocket socket;

    private EchoSocket() {}

    static EchoSocket open(HttpClient http, URI gateway, String token) throws IOException {
        EchoSocket opened = new EchoSocket();
        try {
            opened.socket = http.newWebSocketBuilder()
                    .connectTimeout(OPEN_MAX)
                    .header("Authorization", "Bearer " + token)
                    .buildAsync(URI.create("ws://" + gateway.getAuthority() + "/ws"), opened)
                    .join();
            return opened;
        } catch (CompletionException refused) {
            throw new IOException("the handshake failed: " + refused.getCause(), refused);
        }
    }

    /** Whether a message came back; false where the socket was closed instead. */
    boolean echoes(String message) throws IOException {
        WebSocket through = socket;
        if (through == null || closeCode != OPEN) {
            return false;
        }
        try {
            through.sendText(message, true).join();
        } catch (CompletionException closed) {
            // Why is told by its Close, which may be on its way.
            return isEcho(message);
        }
        return isEcho(message);
    }

    private boolean isEcho(String message) throws IOException {
        try {
            String answer = heard.poll(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
            if (answer == null) {
                throw new IOException("no echo came");
            }
            return answer.equals(message);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** {@link #OPEN} while it is. */
    int closeCode() {
        return closeCode;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket through, CharSequence data, boolean last) {
        through.request(1);
        heard.offer(data.toString());
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket through, int statusCode, String reason) {
        closeCode = statusCode;
        heard.offer(END);
        return null;
    }

    @Override
    public void onError(WebSocket through, Throwable error) {
        closeCode = BROKEN;
        heard.offer(END);
    }

    @Override
    public void close() {
        WebSocket through = socket;
        if (through != null) {
            through.abort();
        }
    }
}
