package io.percolate.gateway.proxy.generate.words;

import java.util.ArrayList;
import java.util.List;

/**
 * Words that come as server-sent events: the data of each, as they are (WHATWG HTML, section 9.2). Comments and other fields
 * are left behind; so are events without data.
 */
public final class EventWords implements Words {
    private static final String FIELD = "data";
    private static final int DATA_LENGTH_MAX = Lines.LINE_BYTES_MAX;

    private final Lines lines = new Lines();
    /** Of the event that has begun, a line end behind each of its lines. */
    private final StringBuilder data = new StringBuilder();

    @Override
    public List<String> read(byte[] bytes) {
        List<String> said = new ArrayList<>(1);
        lines.read(bytes, line -> take(line, said));
        return said;
    }

    /** Gives out the last event also where the empty line behind it is missing, for its words would be missed. */
    @Override
    public List<String> end() {
        List<String> said = new ArrayList<>(1);
        take(lines.rest(), said);
        take("", said);
        return said;
    }

    private void take(String line, List<String> said) {
        if (line.isEmpty()) {
            dispatch(said);
        } else if (line.startsWith(FIELD + ":")) {
            int value = FIELD.length() + 1;
            add(line.substring(line.startsWith(" ", value) ? value + 1 : value));
        } else if (line.equals(FIELD)) {
            add("");
        }
    }

    private void add(String value) {
        if (data.length() + value.length() >= DATA_LENGTH_MAX) {
            throw new IllegalStateException("an event of more than " + DATA_LENGTH_MAX + " characters");
        }
        data.append(value).append('\n');
    }

    private void dispatch(List<String> said) {
        if (data.length() > 1) {
            said.add(data.substring(0, data.length() - 1));
        }
        data.setLength(0);
    }
}
