package io.percolate.gateway.context.store;

import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.routing.tenant.SecurityMode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Notes as S3 user metadata. */
final class S3Notes {
    private static final String EPOCH = "epoch";
    private static final String SECURITY_MODE = "security-mode";
    private static final String CONTENT_LENGTH = "content-bytes";

    private S3Notes() {}

    static Map<String, String> toMetadata(Notes notes) {
        Map<String, String> metadata = new HashMap<>();
        notes.epoch().ifPresent(epoch -> metadata.put(EPOCH, String.valueOf(epoch)));
        notes.securityMode().ifPresent(mode -> metadata.put(SECURITY_MODE, text(mode)));
        notes.contentLength().ifPresent(length -> metadata.put(CONTENT_LENGTH, String.valueOf(length)));
        return metadata;
    }

    static Notes ofMetadata(Map<String, String> metadata) {
        return new Notes(
                Optional.ofNullable(metadata.get(EPOCH)).flatMap(S3Notes::number),
                Optional.ofNullable(metadata.get(SECURITY_MODE))
                        .flatMap(text -> Stream.of(SecurityMode.values())
                                .filter(mode -> text(mode).equals(text))
                                .findFirst()),
                Optional.ofNullable(metadata.get(CONTENT_LENGTH)).flatMap(S3Notes::number));
    }

    private static String text(SecurityMode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text)).filter(number -> number >= 0);
        } catch (NumberFormatException none) {
            return Optional.empty();
        }
    }
}
