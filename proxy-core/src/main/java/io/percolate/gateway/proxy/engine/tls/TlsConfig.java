package io.percolate.gateway.proxy.engine.tls;

import io.percolate.gateway.routing.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the edge speaks TLS to clients.
 *
 * @param keys the first is for clients that name no host, or one that none is for
 * @param clientAuthorities certificates (PEM) that clients' are checked against
 * @param clientCertificates what listeners ask for that do not say it themselves
 * @param reloadInterval how often files are looked at
 * @param ticketKeyLife how long new sessions are sealed with one key; they can be resumed for twice as long at most
 */
public record TlsConfig(
        List<KeyFiles> keys,
        Optional<Path> clientAuthorities,
        ClientCertificates clientCertificates,
        TlsSuites.Least least,
        TlsProvider provider,
        Duration reloadInterval,
        Duration ticketKeyLife) {
    private static final int KEYS_MAX = 1_000;

    public TlsConfig {
        keys = List.copyOf(keys);
    }

    /** Reads the keys {@code GATEWAY_EDGE_TLS_*}, and the files they name, so that what is wrong there is told too. */
    public static TlsConfig read(ConfigReader reader) {
        String key = "GATEWAY_EDGE_TLS_CERTIFICATES";
        List<String> texts = reader.list(
                key,
                List.of(),
                "keys and certificates (PEM) of the edge, each " + KeyFiles.FORM
                        + "; the first is also for clients that name no host, or one that none is for");
        List<KeyFiles> keys = new ArrayList<>();
        for (String text : texts) {
            try {
                KeyFiles files = KeyFiles.parse(text);
                CertifiedKey.read(files);
                keys.add(files);
            } catch (TlsMaterialException unusable) {
                reader.problem(key + ": " + unusable.getMessage());
            }
        }
        if (texts.size() > KEYS_MAX) {
            reader.problem(key + ": expected at most " + KEYS_MAX + " of them, got " + texts.size());
        }
        String authoritiesKey = "GATEWAY_EDGE_TLS_CLIENT_CA_FILE";
        Optional<Path> authorities = reader.optionalFile(
                authoritiesKey, "certificates (PEM) of the authorities that clients' certificates are checked against");
        authorities.ifPresent(file -> {
            try {
                PemFile.certificates(file);
            } catch (TlsMaterialException unusable) {
                reader.problem(authoritiesKey + ": " + unusable.getMessage());
            }
        });
        return new TlsConfig(
                keys,
                authorities,
                reader.choice(
                        "GATEWAY_EDGE_TLS_CLIENT_CERTIFICATES",
                        ClientCertificates.class,
                        ClientCertificates.NONE,
                        "whether clients show a certificate; pods are told of it in Client-Cert (RFC 9440)"),
                reader.choice(
                        "GATEWAY_EDGE_TLS_MIN_VERSION",
                        TlsSuites.Least.class,
                        TlsSuites.Least.TLS12,
                        "least version of TLS that is spoken"),
                reader.choice(
                        "GATEWAY_EDGE_TLS_PROVIDER",
                        TlsProvider.class,
                        TlsProvider.NATIVE,
                        "who does the work of TLS: BoringSSL where it can be loaded, or the JDK"),
                reader.duration(
                        "GATEWAY_EDGE_TLS_RELOAD_INTERVAL",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(10),
                        Duration.ofHours(1),
                        "how often files of keys and certificates are looked at for changes"),
                reader.duration(
                        "GATEWAY_EDGE_TLS_TICKET_KEY_LIFE",
                        Duration.ofHours(6),
                        Duration.ofMillis(10),
                        Duration.ofDays(7),
                        "how long tickets of sessions are sealed with one key; the one before still opens them"));
    }

    /** Whether there is anything to speak TLS with. */
    public boolean isConfigured() {
        return !keys.isEmpty();
    }
}
