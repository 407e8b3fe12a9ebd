package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the JSON of pods strictly: what does not fit the contract is {@link PodAnswer.Refused}. */
final class PodAnswerReader {
    private static final int OK = 200;
    private static final int ACCEPTED = 202;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int CONFLICT = 409;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int SHOWN_CHARS_MAX = 200;
    private static final JsonMapper JSON = JsonMapper.shared();

    private PodAnswerReader() {}

    static String loadBody(@Nullable String restoreFrom) {
        return JSON.writeValueAsString(restoreFrom == null ? Map.of() : Map.of("restore_from", restoreFrom));
    }

    static String stageBody(String from) {
        return JSON.writeValueAsString(Map.of("from", from));
    }

    static PodAnswer.ToStage stage(int status, byte[] body) {
        JsonNode json = parse(body);
        if (status == NOT_FOUND || status == NOT_ALLOWED || status == NOT_IMPLEMENTED) {
            return new PodAnswer.NotStaging();
        }
        if (status == OK && json.path("staged_bytes").isIntegralNumber()) {
            return new PodAnswer.Staged(json.path("staged_bytes").longValue());
        }
        if (status == CONFLICT && json.path("epoch").isIntegralNumber()) {
            return new PodAnswer.NewerEpoch(json.path("epoch").longValue());
        }
        return refused("200 with staged_bytes, 409 with an epoch, 404, 405 or 501", status, body);
    }

    static PodAnswer.ToLoad load(int status, byte[] body) {
        JsonNode json = parse(body);
        String state = json.path("state").stringValue("");
        if (status == OK && state.equals("hot")) {
            return new PodAnswer.Hot();
        }
        if (status == ACCEPTED && state.equals("loading")) {
            return new PodAnswer.Loading();
        }
        if (status == CONFLICT && json.path("epoch").isIntegralNumber()) {
            return new PodAnswer.NewerEpoch(json.path("epoch").longValue());
        }
        if (status == TOO_MANY_REQUESTS) {
            return new PodAnswer.NoRoom();
        }
        return refused("200 hot, 202 loading, 409 with an epoch or 429", status, body);
    }

    /** An absent tenant may come as 404 too, as long as the body says so: a stray server's 404 does not count. */
    static PodAnswer.ToProbe probe(TenantId tenant, int status, byte[] body) {
        JsonNode json = parse(body);
        PodAnswer.Hosted.@Nullable State state = state(json);
        boolean about = json.path("tenant").stringValue("").equals(tenant.toString());
        boolean expected = status == OK || (status == NOT_FOUND && state == PodAnswer.Hosted.State.ABSENT);
        if (!expected || state == null || !about || !json.path("epoch").isIntegralNumber()) {
            return refused("200 with the state and epoch of " + tenant, status, body);
        }
        return new PodAnswer.Hosted(
                state,
                json.path("epoch").longValue(),
                json.path("busy").booleanValue(false),
                json.path("error").stringValueOpt().orElse(null));
    }

    /** A conflict that names an epoch newer than the call's is about the epoch; any other means busy. */
    static PodAnswer.ToEvict evict(long epoch, int status, byte[] body) {
        JsonNode json = parse(body);
        String state = json.path("state").stringValue("");
        if (status == OK && (state.equals("warm") || state.equals("absent"))) {
            return new PodAnswer.Evicted(
                    state.equals("warm"),
                    json.path("data_location").stringValueOpt().orElse(null));
        }
        if (status == CONFLICT && json.isObject()) {
            long theirs = json.path("epoch").longValue(0);
            return theirs > epoch ? new PodAnswer.NewerEpoch(theirs) : new PodAnswer.Busy();
        }
        return refused("200 with a state, or 409", status, body);
    }

    static PodAnswer.ToSnapshot snapshot(long epoch, int status, byte[] body) {
        JsonNode json = parse(body);
        String location = json.path("data_location").stringValue("");
        if (status == OK && !location.isEmpty()) {
            return new PodAnswer.Stored(location);
        }
        if (status == CONFLICT && json.isObject()) {
            long theirs = json.path("epoch").longValue(0);
            return theirs > epoch ? new PodAnswer.NewerEpoch(theirs) : new PodAnswer.Busy();
        }
        return refused("200 with a data_location, or 409", status, body);
    }

    /** Of one tenant that cannot be read nothing is known, and so of the whole list. */
    static PodInventory.Listing inventory(int status, byte[] body) {
        JsonNode list = parse(body).path("tenants");
        if (status != OK || !list.isArray()) {
            return new PodInventory.NotListed(
                    refused("200 with all tenants", status, body).detail());
        }
        List<PodInventory.Copy> copies = new ArrayList<>(list.size());
        for (JsonNode json : list) {
            Optional<TenantId> tenant = TenantId.parse(json.path("tenant").stringValue(""));
            PodAnswer.Hosted.@Nullable State state = state(json);
            if (tenant.isEmpty() || state == null || !json.path("epoch").isIntegralNumber()) {
                return new PodInventory.NotListed("expected a tenant with its state and epoch, got " + json);
            }
            copies.add(new PodInventory.Copy(
                    tenant.get(),
                    state,
                    json.path("epoch").longValue(),
                    json.path("busy").booleanValue(false),
                    json.path("memory_mb").intValue(0),
                    json.path("data_size_mb").intValue(0)));
        }
        return new PodInventory.Listed(copies);
    }

    private static PodAnswer.Hosted.@Nullable State state(JsonNode json) {
        return switch (json.path("state").stringValue("")) {
            case "loading" -> PodAnswer.Hosted.State.LOADING;
            case "hot" -> PodAnswer.Hosted.State.HOT;
            case "warm" -> PodAnswer.Hosted.State.WARM;
            case "absent" -> PodAnswer.Hosted.State.ABSENT;
            case "failed" -> PodAnswer.Hosted.State.FAILED;
            default -> null;
        };
    }

    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException notJson) {
            return JSON.missingNode();
        }
    }

    private static PodAnswer.Refused refused(String expected, int status, byte[] body) {
        String shown = new String(body, 0, Math.min(body.length, SHOWN_CHARS_MAX), StandardCharsets.UTF_8);
        String printable = shown.replaceAll("\\p{Cntrl}", " ").strip();
        return new PodAnswer.Refused(
                status, String.format(Locale.ROOT, "expected %s, got %d '%s'", expected, status, printable));
    }
}
