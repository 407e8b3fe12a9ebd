package io.percolate.gateway.proxy.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A second reader of HTTP/1.1 requests: written from the grammar of RFC 9112 alone, with nothing of the edge's own in
 * it, forgiving nothing. Text is Latin-1, a character a byte.
 */
final class StrictReader {
    /** One request, with its body out of its framing. */
    record Request(
            String method, String target, String version, List<String> fields, String body, List<String> trailers) {

        boolean isChunked() {
            return !all("transfer-encoding").isEmpty();
        }

        /** The values of all fields of this name. */
        List<String> all(String name) {
            return values(fields, name);
        }

        /** As bytes once more, a chunked body in one chunk. */
        String text() {
            StringBuilder text = new StringBuilder(method + " " + target + " " + version + "\r\n");
            fields.forEach(field -> text.append(field).append("\r\n"));
            text.append("\r\n");
            if (!isChunked()) {
                return text.append(body).toString();
            }
            if (!body.isEmpty()) {
                text.append(Integer.toHexString(body.length())).append("\r\n");
                text.append(body).append("\r\n");
            }
            text.append("0\r\n");
            trailers.forEach(field -> text.append(field).append("\r\n"));
            return text.append("\r\n").toString();
        }
    }

    sealed interface Outcome {
        /** @param end where the next request begins */
        record Whole(Request request, int end) implements Outcome {}

        /** More has to come. */
        record Partial() implements Outcome {}

        record Broken(String why) implements Outcome {}
    }

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern REQUEST_LINE = Pattern.compile("(" + TOKEN + ") ([\\x21-\\x7e]+) (HTTP/1\\.[01])");
    private static final Pattern FIELD =
            Pattern.compile("(" + TOKEN + "):[ \\t]*((?:[\\x21-\\x7e\\x80-\\xff](?:[\\t\\x20-\\x7e\\x80-\\xff]*"
                    + "[\\x21-\\x7e\\x80-\\xff])?)?)[ \\t]*");
    private static final String QUOTED =
            "\"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x20-\\x7e\\x80-\\xff])*+\"";
    private static final Pattern CHUNK_SIZE = Pattern.compile(
            "([0-9A-Fa-f]+)(?:[ \\t]*;[ \\t]*" + TOKEN + "(?:[ \\t]*=[ \\t]*(?:" + TOKEN + "|" + QUOTED + "))?)*+");

    private static final Pattern LENGTH = Pattern.compile("[0-9]+");

    private static final class BrokenMessage extends Exception {
        private static final long serialVersionUID = 1;

        BrokenMessage(String why) {
            super(why);
        }
    }

    private static final class PartialMessage extends Exception {
        private static final long serialVersionUID = 1;
    }

    private final String text;
    private int at;

    private StrictReader(String text, int start) {
        this.text = text;
        this.at = start;
    }

    /** Reads the request that begins at {@code start}. */
    static Outcome read(String text, int start) {
        StrictReader reader = new StrictReader(text, start);
        try {
            return new Outcome.Whole(reader.request(), reader.at);
        } catch (PartialMessage more) {
            return new Outcome.Partial();
        } catch (BrokenMessage broken) {
            return new Outcome.Broken(String.valueOf(broken.getMessage()));
        }
    }

    /** All requests up to the first that is broken or not whole; empty lines before each are passed over. */
    static List<Request> readAll(String text) {
        List<Request> requests = new ArrayList<>();
        readAll(text, requests);
        return requests;
    }

    private static int readAll(String text, List<Request> requests) {
        int at = 0;
        while (true) {
            while (text.startsWith("\r\n", at)) {
                at += 2;
            }
            if (!(read(text, at) instanceof Outcome.Whole(Request request, int end))) {
                return at;
            }
            requests.add(request);
            at = end;
        }
    }

    static List<String> values(List<String> fields, String name) {
        return fields.stream()
                .filter(field -> field.substring(0, field.indexOf(':')).equalsIgnoreCase(name))
                .map(field -> field.substring(field.indexOf(':') + 1).strip())
                .toList();
    }

    private Request request() throws BrokenMessage, PartialMessage {
        Matcher line = REQUEST_LINE.matcher(line());
        require(line.matches(), "a request line");
        List<String> fields = fields();
        boolean http11 = line.group(3).equals("HTTP/1.1");
        int hosts = values(fields, "host").size();
        require(hosts == 1 || (hosts == 0 && !http11), "one Host");
        List<String> codings = values(fields, "transfer-encoding");
        List<String> lengths = values(fields, "content-length");
        require(codings.isEmpty() || lengths.isEmpty(), "one framing");
        String body = "";
        List<String> trailers = List.of();
        if (!codings.isEmpty()) {
            require(
                    http11
                            && codings.size() == 1
                            && codings.getFirst().toLowerCase(Locale.ROOT).equals("chunked"),
                    "chunked");
            body = chunks();
            trailers = fields();
        } else if (!lengths.isEmpty()) {
            require(lengths.size() == 1 && LENGTH.matcher(lengths.getFirst()).matches(), "a Content-Length");
            body = bytes(number(lengths.getFirst(), 10));
        }
        return new Request(line.group(1), line.group(2), line.group(3), fields, body, trailers);
    }

    private String chunks() throws BrokenMessage, PartialMessage {
        StringBuilder body = new StringBuilder();
        while (true) {
            Matcher size = CHUNK_SIZE.matcher(line());
            require(size.matches(), "a chunk's size");
            long bytes = number(size.group(1), 16);
            if (bytes == 0) {
                return body.toString();
            }
            body.append(bytes(bytes));
            String end = text.substring(at, Math.min(at + 2, text.length()));
            require("\r\n".startsWith(end), "the end of a chunk");
            bytes(2);
        }
    }

    private List<String> fields() throws BrokenMessage, PartialMessage {
        List<String> fields = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            Matcher field = FIELD.matcher(line);
            require(field.matches(), "a field");
            fields.add(field.group(1) + ": " + field.group(2));
        }
        return fields;
    }

    private String line() throws BrokenMessage, PartialMessage {
        int lf = text.indexOf('\n', at);
        if (lf < 0) {
            throw new PartialMessage();
        }
        require(lf > at && text.charAt(lf - 1) == '\r', "CR before LF");
        String line = text.substring(at, lf - 1);
        require(line.indexOf('\r') < 0, "no CR within a line");
        at = lf + 1;
        return line;
    }

    private String bytes(long count) throws PartialMessage {
        if (text.length() - at < count) {
            throw new PartialMessage();
        }
        int start = at;
        at += (int) count;
        return text.substring(start, at);
    }

    private static long number(String digits, int radix) throws BrokenMessage {
        try {
            return Long.parseLong(digits, radix);
        } catch (NumberFormatException tooLarge) {
            throw new BrokenMessage("a number that fits: " + digits);
        }
    }

    private static void require(boolean holds, String what) throws BrokenMessage {
        if (!holds) {
            throw new BrokenMessage("expected " + what);
        }
    }
}
