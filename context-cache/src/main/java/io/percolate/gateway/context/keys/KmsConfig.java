package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/**
 * How AWS KMS is reached, where key-encryption keys lie there.
 *
 * @param endpoint empty for AWS's own
 * @param region empty for that of the AWS environment
 * @param accessKey with {@code secretKey}; empty for the AWS default chain of credentials
 */
public record KmsConfig(
        Optional<URI> endpoint, Optional<String> region, Optional<Secret> accessKey, Optional<Secret> secretKey) {
    /** As the AWS environment says. */
    public static final KmsConfig DEFAULT =
            new KmsConfig(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public static KmsConfig read(ConfigReader reader) {
        Optional<Secret> accessKey = reader.optionalSecret(
                "GATEWAY_KMS_ACCESS_KEY", "access key for AWS KMS; without it, the AWS default chain of credentials");
        Optional<Secret> secretKey = reader.optionalSecret("GATEWAY_KMS_SECRET_KEY", "secret key for AWS KMS");
        if (accessKey.isPresent() != secretKey.isPresent()) {
            reader.problem("GATEWAY_KMS_ACCESS_KEY and GATEWAY_KMS_SECRET_KEY are given together or not at all");
        }
        return new KmsConfig(
                reader.optionalUri("GATEWAY_KMS_ENDPOINT", Set.of("http", "https"), "AWS KMS other than AWS's own"),
                reader.optionalText(
                        "GATEWAY_KMS_REGION", "region of the keys in AWS KMS; without it, that of the AWS environment"),
                accessKey,
                secretKey);
    }
}
