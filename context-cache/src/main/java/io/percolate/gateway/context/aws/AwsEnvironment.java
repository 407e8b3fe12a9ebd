package io.percolate.gateway.context.aws;

import io.percolate.gateway.routing.config.Secret;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;

/** Credentials and region as configured, else as the AWS environment has them. */
public final class AwsEnvironment {
    private AwsEnvironment() {}

    public static AwsCredentialsProvider credentials(Optional<Secret> accessKey, Optional<Secret> secretKey) {
        return accessKey
                .flatMap(access -> secretKey.<AwsCredentialsProvider>map(secret ->
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(access.reveal(), secret.reveal()))))
                .orElseGet(() -> DefaultCredentialsProvider.builder()
                        .asyncCredentialUpdateEnabled(true)
                        .build());
    }

    /** Never asks the metadata service of a cloud: off the cloud that costs seconds, and on it the variable is set. */
    public static Region region(Optional<String> configured) {
        return configured.map(Region::of).orElseGet(() -> {
            try {
                return new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                        .getRegion();
            } catch (SdkClientException unknown) {
                return Region.US_EAST_1;
            }
        });
    }
}
