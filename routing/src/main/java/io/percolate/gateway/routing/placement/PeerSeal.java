package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.topology.RegionId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway says to that of another region, so that it knows that the request has made its one hop: {@code
 * from;to;seconds;mac}, the mac being HMAC-SHA-256 over these and the tenant by the secret that all gateways share.
 *
 * <p>It gives no right but one: not to be passed on. Whoever records one and plays it again within {@link #AGE_MAX_SECONDS}
 * still needs the tenant's token. Safe for use from any thread.
 */
public final class PeerSeal {
    /** The field that carries it; clients' fields of such names never reach a pod. */
    public static final String FIELD = "X-Placement-Passed-By";

    /** How far clocks of two regions may be apart. */
    static final long AGE_MAX_SECONDS = 120;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int LENGTH_MAX = 256;
    private static final int PARTS = 4;

    private final RegionId own;
    private final Mac prototype;

    public PeerSeal(RegionId own, Secret secret) {
        this.own = own;
        try {
            prototype = Mac.getInstance(ALGORITHM);
            prototype.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), ALGORITHM));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has " + ALGORITHM, impossible);
        }
    }

    public String seal(RegionId to, TenantId tenant, long nowSeconds) {
        return own + ";" + to + ";" + nowSeconds + ";" + mac(own.value(), to.value(), tenant, nowSeconds);
    }

    /**
     * The region that passed the request on; null when none of ours has said so of this tenant just now. To whom it was sent
     * does not matter: one that went astray must not go on either.
     */
    public @Nullable RegionId opened(String text, TenantId tenant, long nowSeconds) {
        String[] parts = text.length() > LENGTH_MAX ? new String[0] : text.split(";", -1);
        if (parts.length != PARTS || !RegionId.isValid(parts[0]) || !RegionId.isValid(parts[1])) {
            return null;
        }
        try {
            long seconds = Long.parseLong(parts[2]);
            String expected = mac(parts[0], parts[1], tenant, seconds);
            boolean holds = MessageDigest.isEqual(
                    expected.getBytes(StandardCharsets.US_ASCII), parts[3].getBytes(StandardCharsets.UTF_8));
            return holds && seconds >= nowSeconds - AGE_MAX_SECONDS && seconds <= nowSeconds + AGE_MAX_SECONDS
                    ? new RegionId(parts[0])
                    : null;
        } catch (NumberFormatException noTime) {
            return null;
        }
    }

    private String mac(String from, String to, TenantId tenant, long seconds) {
        try {
            Mac mac = (Mac) prototype.clone();
            byte[] sealed = mac.doFinal(("percolate-peer-1;" + from + ";" + to + ";" + seconds + ";" + tenant)
                    .getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(ALGORITHM + " of this Java cannot be cloned", impossible);
        }
    }
}
