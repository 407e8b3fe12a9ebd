package io.percolate.gateway.admin.http;

import io.percolate.gateway.admin.http.Problem.FieldError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the fields of a JSON object and collects every error until {@link #finish}, unknown fields included.
 *
 * <p>A field that cannot be read counts as absent meanwhile. Not safe for use by several threads.
 */
public final class Fields {
    private final ObjectNode object;
    private final String prefix;
    private final List<FieldError> errors;
    private final Set<String> known = new HashSet<>();

    public Fields(ObjectNode object) {
        this(object, "", new ArrayList<>());
    }

    private Fields(ObjectNode object, String prefix, List<FieldError> errors) {
        this.object = object;
        this.prefix = prefix;
        this.errors = errors;
    }

    /** A text of 1 to {@code lengthMax} characters without control characters; null is an error. */
    public Optional<String> text(String name, int lengthMax) {
        return given(name).flatMap(node -> readText(name, node, lengthMax));
    }

    /** Like {@link #text}; null sets to nothing. */
    public Change<String> textChange(String name, int lengthMax) {
        return change(name, node -> readText(name, node, lengthMax));
    }

    public <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        return given(name).flatMap(node -> {
            Optional<E> value = node.isString() ? Label.parse(type, node.stringValue()) : Optional.empty();
            if (value.isEmpty()) {
                error(name, "expected " + Label.choices(type) + ", got " + shown(node));
            }
            return value;
        });
    }

    /** A whole number; null sets to nothing. */
    public Change<Long> countChange(String name, long min, long max) {
        return change(name, node -> {
            if (node.isIntegralNumber() && node.canConvertToLong()) {
                long value = node.longValue();
                if (value >= min && value <= max) {
                    return Optional.of(value);
                }
            }
            error(name, "expected a whole number from " + min + " to " + max + ", got " + shown(node));
            return Optional.empty();
        });
    }

    /** A number, whole or not. */
    public Optional<Double> number(String name, double min, double max) {
        return given(name).flatMap(node -> {
            double value = node.isNumber() ? node.doubleValue() : Double.NaN;
            if (value >= min && value <= max) {
                return Optional.of(value);
            }
            error(name, "expected a number from " + min + " to " + max + ", got " + shown(node));
            return Optional.empty();
        });
    }

    /** A whole number; null is an error. */
    public Optional<Integer> count(String name, int min, int max) {
        return given(name).flatMap(node -> {
            if (node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= min && node.intValue() <= max) {
                return Optional.of(node.intValue());
            }
            error(name, "expected a whole number from " + min + " to " + max + ", got " + shown(node));
            return Optional.empty();
        });
    }

    public Optional<Boolean> flag(String name) {
        return given(name).flatMap(node -> {
            if (!node.isBoolean()) {
                error(name, "expected true or false, got " + shown(node));
                return Optional.empty();
            }
            return Optional.of(node.booleanValue());
        });
    }

    public Optional<List<String>> texts(String name, int countMax, int lengthMax) {
        return given(name).flatMap(node -> {
            if (!node.isArray() || node.isEmpty() || node.size() > countMax) {
                error(name, "expected a list of 1 to " + countMax + " texts, got " + shown(node));
                return Optional.empty();
            }
            List<String> texts = new ArrayList<>();
            for (JsonNode element : node) {
                readText(name, element, lengthMax).ifPresent(texts::add);
            }
            return Optional.of(List.copyOf(texts));
        });
    }

    /** An object within, whose errors are collected here, its fields named with a dot; null sets to nothing. */
    public <T> Change<T> objectChange(String name, Function<Fields, T> read) {
        return change(name, node -> {
            if (!(node instanceof ObjectNode within)) {
                error(name, "expected an object, got " + shown(node));
                return Optional.empty();
            }
            Fields fields = new Fields(within, prefix + name + ".", errors);
            T value = read.apply(fields);
            fields.reportUnknown();
            return Optional.of(value);
        });
    }

    /** The value of a field that must be there; its absence is collected as an error, and the stand-in goes on. */
    public <T> T required(String name, Optional<T> value, T standIn) {
        if (!object.has(name)) {
            error(name, "is required");
        }
        return value.orElse(standIn);
    }

    public void error(String name, String detail) {
        errors.add(new FieldError(prefix + name, detail));
    }

    /** Ends the reading: throws a {@code FIELDS_INVALID} problem with every error, if there was one. */
    public void finish() {
        reportUnknown();
        if (!errors.isEmpty()) {
            throw Problem.ofFields(errors).toException();
        }
    }

    private void reportUnknown() {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                error(name, "is not a known field");
            }
        }
    }

    private Optional<JsonNode> given(String name) {
        known.add(name);
        JsonNode node = object.get(name);
        if (node != null && node.isNull()) {
            error(name, "must not be null");
            return Optional.empty();
        }
        return Optional.ofNullable(node);
    }

    private <T> Change<T> change(String name, Function<JsonNode, Optional<T>> read) {
        known.add(name);
        JsonNode node = object.get(name);
        if (node == null) {
            return new Change.Keep<>();
        }
        if (node.isNull()) {
            return new Change.Clear<>();
        }
        return read.apply(node).<Change<T>>map(Change.Put::new).orElseGet(Change.Keep::new);
    }

    private Optional<String> readText(String name, JsonNode node, int lengthMax) {
        if (!node.isString()) {
            error(name, "expected a text, got " + shown(node));
            return Optional.empty();
        }
        String text = node.stringValue();
        if (text.isBlank() || text.length() > lengthMax || text.chars().anyMatch(Character::isISOControl)) {
            error(name, "expected 1 to " + lengthMax + " characters without control characters");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    private static String shown(JsonNode node) {
        String text = node.toString();
        int shownMax = 80;
        return text.length() <= shownMax ? text : text.substring(0, shownMax) + "...";
    }
}
