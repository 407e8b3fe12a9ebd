package io.percolate.gateway.admin.webhook;

import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs messages as Standard Webhooks has it: {@code v1,} and the base64 of the HMAC-SHA256 of id, time and body, joined by
 * dots. Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
 */
final class Signature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String ENCODED_SECRET = "whsec_";

    private Signature() {}

    static String of(Secret secret, String id, long epochSeconds, String body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key(secret.reveal()), ALGORITHM));
            byte[] signed = mac.doFinal((id + "." + epochSeconds + "." + body).getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(signed);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, missing);
        }
    }

    private static byte[] key(String secret) {
        if (secret.startsWith(ENCODED_SECRET)) {
            try {
                return Base64.getDecoder().decode(secret.substring(ENCODED_SECRET.length()));
            } catch (IllegalArgumentException notBase64) {
                return secret.getBytes(StandardCharsets.UTF_8);
            }
        }
        return secret.getBytes(StandardCharsets.UTF_8);
    }
}
