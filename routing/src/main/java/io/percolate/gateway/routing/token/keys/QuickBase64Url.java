package io.percolate.gateway.routing.token.keys;

import com.nimbusds.jose.util.Base64URL;
import java.io.Serial;
import java.util.Base64;

/**
 * Base64url that the JDK decodes. The library's own decoder takes the same time for all inputs of a length, as secrets
 * need it; a signature is none, and decoding one of RSA in that way took half as long as checking it.
 */
final class QuickBase64Url extends Base64URL {
    @Serial
    private static final long serialVersionUID = 1L;

    QuickBase64Url(String canonical) {
        super(canonical);
    }

    @Override
    public byte[] decode() {
        return Base64.getUrlDecoder().decode(toString());
    }
}
