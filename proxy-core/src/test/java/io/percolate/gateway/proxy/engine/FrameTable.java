package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.FrameClient.CONTINUATION;
import static io.percolate.gateway.proxy.engine.FrameClient.DATA;
import static io.percolate.gateway.proxy.engine.FrameClient.END_HEADERS;
import static io.percolate.gateway.proxy.engine.FrameClient.END_STREAM;
import static io.percolate.gateway.proxy.engine.FrameClient.HEADERS;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Frames of clients and what becomes of them; {@code frames.txt} says in its first lines how it is read. */
final class FrameTable {
    /** What a client does in one line: sends bytes, or waits until this stream has its answer. */
    static final class Step {
        private final byte[] bytes;
        private final int awaited;

        Step(byte[] bytes, int awaited) {
            this.bytes = bytes;
            this.awaited = awaited;
        }

        byte[] bytes() {
            return bytes;
        }

        /** 0 when none is. */
        int awaited() {
            return awaited;
        }
    }

    /**
     * One block.
     *
     * @param section of the RFC that settles it, and the cases of h2spec that ask the same
     * @param preface whether the client begins as it should, so that the steps follow that
     * @param outcome events in any order, {@code goaway} last where there is one
     * @param seen what arrives at the pod, a request each
     */
    record Case(
            String section, String title, boolean preface, List<Step> steps, List<String> outcome, List<String> seen) {
        @Override
        public String toString() {
            return section + ": " + title;
        }
    }

    private static final Pattern TITLE = Pattern.compile("\\[([^]]+)] (.+)");
    private static final Pattern REPEAT = Pattern.compile("\\{(\\d+)\\*([^{}]+)}");
    private static final String REQUEST =
            ":scheme=http | :authority=tenant.example | :path=/ | authorization=Bearer " + TestEdge.TOKEN;

    private FrameTable() {}

    static List<Case> read(String resource) {
        try (InputStream in = Objects.requireNonNull(FrameTable.class.getResourceAsStream(resource), resource)) {
            List<Case> cases = new ArrayList<>();
            for (String block : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n(?=\\[)")) {
                if (block.startsWith("[")) {
                    cases.add(block(block));
                }
            }
            return cases;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Case block(String block) {
        List<String> lines = block.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        Matcher title = TITLE.matcher(lines.getFirst());
        if (!title.matches()) {
            throw new IllegalArgumentException("expected [section] and a title, got " + lines.getFirst());
        }
        List<Step> steps = new ArrayList<>();
        List<String> outcome = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        boolean preface = true;
        for (String line : lines.subList(1, lines.size())) {
            String text = line.substring(Math.min(2, line.length()));
            switch (line.charAt(0)) {
                case '>' -> {
                    preface &= !text.startsWith("raw ");
                    steps.add(step(text));
                }
                case '<' -> outcome.addAll(List.of(text.split(", ")));
                case '=' -> seen.add(unescape(repeated(text)));
                default -> throw new IllegalArgumentException("a line begins with > < or =, got " + line);
            }
        }
        if (outcome.isEmpty()) {
            throw new IllegalArgumentException("no outcome: " + title.group());
        }
        return new Case(title.group(1), title.group(2), preface, steps, outcome, seen);
    }

    private static Step step(String line) {
        String text = repeated(line);
        String[] words = text.split(" ", 2);
        String rest = words.length > 1 ? words[1] : "";
        return switch (words[0]) {
            case "await" -> new Step(new byte[0], Integer.parseInt(rest));
            case "raw" -> send(unescape(rest).getBytes(StandardCharsets.ISO_8859_1));
            case "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE" -> send(request(words[0], rest));
            case "headers" -> send(headers(HEADERS, rest));
            case "continuation" -> send(headers(CONTINUATION, rest));
            case "data" -> send(data(rest));
            case "frame" -> send(frame(rest));
            default -> throw new IllegalArgumentException("no step is " + line);
        };
    }

    private static String repeated(String line) {
        return REPEAT.matcher(line)
                .replaceAll(
                        repeat -> Matcher.quoteReplacement(repeat.group(2).repeat(Integer.parseInt(repeat.group(1)))));
    }

    private static Step send(byte[] bytes) {
        return new Step(bytes, 0);
    }

    /** {@code 1 end | name=value}: a request with the usual fields, of which those named here replace theirs. */
    private static byte[] request(String method, String text) {
        String[] parts = text.split(" \\| ");
        String[] own = Arrays.copyOfRange(parts, 1, parts.length);
        List<String> fields = new ArrayList<>(List.of(":method=" + method));
        List<String> more = new ArrayList<>(List.of(own));
        for (String usual : REQUEST.split(" \\| ")) {
            String name = usual.substring(0, usual.indexOf('=') + 1);
            String instead = more.stream()
                    .filter(field -> field.startsWith(name))
                    .findFirst()
                    .orElse(usual);
            more.remove(instead);
            fields.add(instead);
        }
        // Pseudo-header fields come first, also those that are wrong there.
        Stream.concat(
                        more.stream().filter(field -> field.startsWith(":")),
                        more.stream().filter(field -> !field.startsWith(":")))
                .forEach(field -> fields.add(field.startsWith(":") ? 0 : fields.size(), field));
        return headers(HEADERS, parts[0] + " | " + String.join(" | ", fields));
    }

    /** {@code 1 end open | name=value}: fields as they are; {@code open} for a block that goes on. */
    private static byte[] headers(int type, String text) {
        String[] parts = text.split(" \\| ");
        List<String> words = List.of(parts[0].split(" "));
        String[] fields =
                Arrays.stream(parts, 1, parts.length).map(FrameTable::unescape).toArray(String[]::new);
        return FrameClient.bytes(type, flags(words), Integer.parseInt(words.getFirst()), FrameClient.block(fields));
    }

    private static int flags(List<String> words) {
        return (words.contains("end") ? END_STREAM : 0) | (words.contains("open") ? 0 : END_HEADERS);
    }

    /** {@code 1 end text}, or without the end. */
    private static byte[] data(String text) {
        String[] words = text.split(" ", 2);
        boolean last = words.length > 1 && (words[1].equals("end") || words[1].startsWith("end "));
        String payload = words.length == 1 ? "" : last ? words[1].substring(Math.min(4, words[1].length())) : words[1];
        return FrameClient.bytes(
                DATA, last ? END_STREAM : 0, Integer.parseInt(words[0]), payload.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** {@code TYPE flags stream hex}: any frame; the type by name or as a number. */
    private static byte[] frame(String text) {
        String[] words = text.split(" ", 4);
        int type = Character.isDigit(words[0].charAt(0)) ? Integer.parseInt(words[0]) : type(words[0]);
        byte[] payload = words.length < 4 ? new byte[0] : HexFormat.of().parseHex(words[3].replace(" ", ""));
        return FrameClient.bytes(type, Integer.decode(words[1]), Integer.parseUnsignedInt(words[2]), payload);
    }

    private static int type(String name) {
        return List.of(
                        "data",
                        "headers",
                        "priority",
                        "rst_stream",
                        "settings",
                        "push_promise",
                        "ping",
                        "goaway",
                        "window_update",
                        "continuation")
                .indexOf(name.toLowerCase(Locale.ROOT));
    }

    private static String unescape(String text) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                bytes.append((char) Integer.parseInt(text, i + 2, i + 4, 16));
                i += 3;
            } else {
                bytes.append(c);
            }
        }
        return bytes.toString();
    }
}
