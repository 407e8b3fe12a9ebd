package io.percolate.gateway.proxy.engine.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.routing.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A message that comes at one go, whose head may be read plainly, means what it means when it comes byte by byte, which
 * Netty's decoder reads.
 */
class PlainHeadTest {
    private static final int LINE_BYTES_MAX = 512;
    private static final int FIELD_BYTES_MAX = 2048;
    private static final int CONTENT_BYTES_MAX = 4096;
    private static final int FIELDS_MAX = 20;
    private static final int MUTANTS = 4_000;

    private static final List<String> REQUESTS = List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a/b?c=%20d HTTP/1.1\r\nHost: tenant.example:8080\r\nAuthorization: Bearer a.b.c\r\nAccept: */*\r\n\r\n",
            "HEAD /x HTTP/1.1\r\nhost:  a  \r\nA:\r\nB: c d\r\nB: e\r\nConnection: close\r\n\r\n",
            "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nX-Long-Name-With-Digits-1: " + "v".repeat(60) + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");

    private static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc",
            "HTTP/1.1 404 Gone Fishing\r\ncontent-length: 0\r\nA:  b c \r\n\r\n",
            "HTTP/1.1 500 \r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789",
            "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");

    /** What mutations put in: what separates, what is forbidden, what is nearly right. */
    private static final String NASTY = "\r\n \t:\u0000\u0001\u007f\u0080\u00e9,;\"aZ09-_+/HTP.1";

    @Test
    void aMutatedRequestMeansTheSameAtOneGoAndByteByByte() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] message = mutant(REQUESTS.get(random.nextInt(REQUESTS.size())), random);

            if (isPlainRequest(message)) {
                taken++;
                assertThat(requestAsRead(message, message.length))
                        .as("seed %d, request %s", seed, text(message))
                        .isEqualTo(requestAsRead(message, 1));
            }
        }
        assertThat(taken).as("plain ones among them, seed %d", seed).isBetween(MUTANTS / 20, MUTANTS * 19 / 20);
    }

    @Test
    void aMutatedAnswerMeansTheSameAtOneGoAndByteByByte() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] message = mutant(RESPONSES.get(random.nextInt(RESPONSES.size())), random);

            if (isPlainResponse(message)) {
                taken++;
                assertThat(responseAsRead(message, message.length))
                        .as("seed %d, answer %s", seed, text(message))
                        .isEqualTo(responseAsRead(message, 1));
            }
        }
        assertThat(taken).as("plain ones among them, seed %d", seed).isBetween(MUTANTS / 20, MUTANTS * 19 / 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r",
                "GET / HTTP/1.1\nHost: a\n\n",
                "GET / HTTP/1.1\r\nHost: a\n\r\n",
                "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
                "GET / HTTP/1.1\r\nA : b\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\tc\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\u007f\r\n\r\n",
                "GET / HTTP/1.1\r\nA: 12345678\u00e9\r\n\r\n",
                "GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                "GET  / HTTP/1.1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
                "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
            })
    void whatIsNotPlainIsLeftUntouched(String text) {
        ByteBuf in = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));

        assertThat(PlainHead.request(in, LINE_BYTES_MAX, FIELD_BYTES_MAX)).isNull();
        assertThat(in.readerIndex()).isZero();
        in.release();
    }

    @Test
    void largeHeadsAreLeftToTheLimitsOfNetty() {
        Stream.of("/" + "a".repeat(LINE_BYTES_MAX), "/")
                .map(target -> "GET " + target + " HTTP/1.1\r\nA: " + "b".repeat(FIELD_BYTES_MAX) + "\r\n\r\n")
                .forEach(head -> assertThat(isPlainRequest(head.getBytes(StandardCharsets.ISO_8859_1)))
                        .isFalse());
    }

    private static byte[] mutant(String text, Random random) {
        StringBuilder mutant = new StringBuilder(text);
        for (int edits = random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(mutant.length());
            char nasty = NASTY.charAt(random.nextInt(NASTY.length()));
            switch (random.nextInt(4)) {
                case 0 -> mutant.setCharAt(at, nasty);
                case 1 -> mutant.insert(at, nasty);
                case 2 -> mutant.deleteCharAt(at);
                default -> {
                    int from = random.nextInt(text.length());
                    mutant.insert(at, text, from, Math.min(text.length(), from + random.nextInt(12)));
                }
            }
        }
        return mutant.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean isPlainRequest(byte[] message) {
        ByteBuf in = Unpooled.wrappedBuffer(message);
        return PlainHead.request(in, LINE_BYTES_MAX, FIELD_BYTES_MAX) != null;
    }

    private static boolean isPlainResponse(byte[] message) {
        ByteBuf in = Unpooled.wrappedBuffer(message);
        return PlainHead.response(in, LINE_BYTES_MAX, FIELD_BYTES_MAX) != null;
    }

    /** The first request in the bytes, read in steps of so many, as the gateway understands it. */
    private static String requestAsRead(byte[] message, int step) {
        var decoder = new RequestDecoder(LINE_BYTES_MAX, FIELD_BYTES_MAX, CONTENT_BYTES_MAX);
        List<Object> parts = read(new EmbeddedChannel(decoder), message, step);
        StringBuilder read = new StringBuilder();
        for (Object part : parts) {
            if (part instanceof HttpRequest request) {
                RequestHead head = new RequestHead(request);
                Failure failure = head.check(FIELDS_MAX, false);
                if (failure != null) {
                    return "refused: " + failure.kind();
                }
                read.append(head.method())
                        .append(' ')
                        .append(head.target())
                        .append(' ')
                        .append(head.host());
                read.append(' ').append(head.framing()).append(' ').append(head.contentLength());
                read.append(' ')
                        .append(head.isKeepAlive())
                        .append(request.headers().entries());
            }
        }
        return read.append(bodies(parts)).toString();
    }

    private static String responseAsRead(byte[] message, int step) {
        var decoder = new ResponseDecoder(LINE_BYTES_MAX, FIELD_BYTES_MAX, CONTENT_BYTES_MAX);
        decoder.expect(false);
        List<Object> parts = read(new EmbeddedChannel(decoder), message, step);
        StringBuilder read = new StringBuilder();
        for (Object part : parts) {
            if (part instanceof HttpResponse response) {
                ResponseHead head = ResponseHead.checked(response, HttpMethod.GET);
                if (head == null) {
                    return "refused";
                }
                read.append(response.status())
                        .append(' ')
                        .append(head.framing())
                        .append(' ');
                read.append(head.isKeepAlive()).append(response.headers().entries());
            } else if (part instanceof ResponseDecoder.Unsolicited) {
                return read.append(bodies(parts)).append("unsolicited").toString();
            }
        }
        return read.append(bodies(parts)).toString();
    }

    /** The bodies' bytes however they are divided, whether they are broken, and how many have an end. */
    private static String bodies(List<Object> parts) {
        StringBuilder bodies = new StringBuilder("|");
        for (Object part : parts) {
            if (part instanceof HttpContent content) {
                bodies.append(content.content().toString(StandardCharsets.ISO_8859_1));
                bodies.append(content.decoderResult().isFailure() ? "|broken" : "");
                bodies.append(content instanceof LastHttpContent ? "|end" : "");
            }
        }
        return bodies.toString();
    }

    private static List<Object> read(EmbeddedChannel channel, byte[] message, int step) {
        List<Object> parts = new ArrayList<>();
        for (int start = 0; start < message.length; start += step) {
            channel.writeInbound(Unpooled.copiedBuffer(message, start, Math.min(step, message.length - start)));
        }
        channel.finish();
        for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
            // Copies on the heap, which need no release.
            parts.add(part instanceof HttpContent content ? content.copy() : part);
            ReferenceCountUtil.release(part);
        }
        return parts;
    }

    private static String text(byte[] message) {
        return new String(message, StandardCharsets.ISO_8859_1)
                .replace("\r", "\\r")
                .replace("\n", "\\n")
                .replace("\t", "\\t");
    }
}
