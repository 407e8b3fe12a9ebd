package io.percolate.gateway.admin.webhook;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Whom to tell what happened.
 *
 * @param secret signs each message
 * @param timeout of one attempt
 * @param giveUpAfter how long a message is repeated
 */
public record WebhookConfig(
        Optional<URI> url, Optional<Secret> secret, Duration timeout, Duration giveUpAfter, int concurrency) {
    public static WebhookConfig read(ConfigReader reader) {
        WebhookConfig config = new WebhookConfig(
                reader.optionalUri(
                        "MANAGEMENT_WEBHOOK_URL",
                        Set.of("http", "https"),
                        "where moves of tenants and lost pods are told by POST; nothing is told without"),
                reader.optionalSecret(
                        "MANAGEMENT_WEBHOOK_SECRET",
                        "signs what is told (Standard Webhooks, HMAC-SHA256); base64 after whsec_, or any text"),
                reader.duration(
                        "MANAGEMENT_WEBHOOK_TIMEOUT",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "how long one attempt to tell may take"),
                reader.duration(
                        "MANAGEMENT_WEBHOOK_GIVE_UP_AFTER",
                        Duration.ofDays(1),
                        Duration.ofSeconds(1),
                        Duration.ofDays(30),
                        "how long a message is repeated until it is answered with 2xx"),
                reader.count("MANAGEMENT_WEBHOOK_CONCURRENCY", 4, 1, 100, "messages on their way at the same time"));
        if (config.url.isPresent() && config.secret.isEmpty()) {
            reader.problem("MANAGEMENT_WEBHOOK_URL needs MANAGEMENT_WEBHOOK_SECRET: nothing is told unsigned");
        }
        return config;
    }
}
