package io.percolate.gateway.bench.generator;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parts of a form (RFC 7578), by name, as UTF-8. */
final class Form {
    private static final Pattern BOUNDARY = Pattern.compile("multipart/form-data;\\s*boundary=\"?([^\";]{1,70})\"?");
    private static final Pattern NAME = Pattern.compile("name=\"([^\"]*)\"");
    private static final String EMPTY_LINE = "\r\n\r\n";

    private Form() {}

    /** Empty where the body is no form. */
    static Optional<Map<String, String>> parse(String contentType, byte[] body) {
        Matcher boundary = BOUNDARY.matcher(contentType);
        if (!boundary.matches()) {
            return Optional.empty();
        }
        // One character a byte, so that nothing is lost before the parts are known.
        String text = "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
        String[] pieces = text.split(Pattern.quote("\r\n--" + boundary.group(1)), -1);
        Map<String, String> parts = new LinkedHashMap<>();
        for (int i = 1; i < pieces.length - 1; i++) {
            int end = pieces[i].indexOf(EMPTY_LINE);
            Matcher name = NAME.matcher(end < 0 ? "" : pieces[i].substring(0, end));
            if (!name.find()) {
                return Optional.empty();
            }
            parts.put(
                    name.group(1),
                    new String(
                            pieces[i].substring(end + EMPTY_LINE.length()).getBytes(StandardCharsets.ISO_8859_1),
                            StandardCharsets.UTF_8));
        }
        return Optional.of(parts);
    }
}
