package io.percolate.gateway.proxy.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of messages and what becomes of them, a block each; the files say in their first lines how they are read. */
final class MessageTable {
    /**
     * One block.
     *
     * @param section of the RFC that settles it
     * @param sent the bytes under test
     * @param outcome words after {@code <}
     * @param seen what arrives on the other side, a message each
     */
    record Case(String section, String title, String setting, String sent, List<String> outcome, List<String> seen) {
        @Override
        public String toString() {
            return "RFC " + section + ": " + title;
        }
    }

    private static final Pattern TITLE = Pattern.compile("\\[([^]]+)] (.+)");
    private static final Pattern MACRO = Pattern.compile("\\{(?:(\\d+)\\*([^{}]+)|(\\w+))}");
    private static final String HOST = "Host: tenant.example\r\n";
    private static final String AUTH = "Authorization: Bearer " + TestEdge.TOKEN + "\r\n";

    private MessageTable() {}

    static List<Case> read(String resource) {
        try (InputStream in = Objects.requireNonNull(MessageTable.class.getResourceAsStream(resource), resource)) {
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
        StringBuilder sent = new StringBuilder();
        List<String> seen = new ArrayList<>();
        List<String> outcome = new ArrayList<>();
        String setting = "";
        for (String line : lines.subList(1, lines.size())) {
            String text = line.length() > 2 ? line.substring(2) : "";
            switch (line.charAt(0)) {
                case '@' -> setting = bytes(text);
                case '>' -> sent.append(bytes(text));
                case '<' -> outcome.addAll(List.of(text.split(" ")));
                case '=' -> seen.add(bytes(text));
                default -> throw new IllegalArgumentException("a line begins with @ > < or =, got " + line);
            }
        }
        if (outcome.isEmpty()) {
            throw new IllegalArgumentException("no outcome: " + title.group());
        }
        seen.replaceAll(text -> text.isEmpty() ? sent.toString() : text);
        return new Case(title.group(1), title.group(2), setting, sent.toString(), outcome, seen);
    }

    private static String bytes(String text) {
        return MACRO.matcher(text)
                .replaceAll(macro -> Matcher.quoteReplacement(
                        macro.group(1) == null
                                ? named(macro.group(3))
                                : macro.group(2).repeat(Integer.parseInt(macro.group(1)))))
                .transform(MessageTable::unescape);
    }

    private static String named(String macro) {
        return switch (macro) {
            case "eof" -> "{eof}";
            case "host" -> HOST;
            case "auth" -> AUTH;
            case "ok" -> HOST + AUTH;
            case "get" -> "GET / HTTP/1.1\r\n" + HOST + AUTH;
            case "post" -> "POST / HTTP/1.1\r\n" + HOST + AUTH;
            case "chunked" -> "POST / HTTP/1.1\r\n" + HOST + AUTH + "Transfer-Encoding: chunked\r\n\r\n";
            default -> throw new IllegalArgumentException("no macro is named " + macro);
        };
    }

    private static String unescape(String text) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                bytes.append(c);
                continue;
            }
            char escaped = text.charAt(++i);
            switch (escaped) {
                case 'r' -> bytes.append('\r');
                case 'n' -> bytes.append('\n');
                case 't' -> bytes.append('\t');
                case '\\' -> bytes.append('\\');
                case 'x' -> {
                    bytes.append((char) Integer.parseInt(text, i + 1, i + 3, 16));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("no escape is \\" + escaped);
            }
        }
        return bytes.toString();
    }
}
