package io.percolate.gateway.routing.token.keys;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Signatures whose answers are known, so that a provider that computes wrongly on this machine is never used: RFC 7515,
 * appendices A.2 and A.3, RFC 8037, appendix A.4.
 */
final class KnownAnswers {
    private static final String RSA_N =
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
                    + "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTB"
                    + "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91"
                    + "kzk2PAcDTW9gb54h4FRWyuXpoQ";
    private static final String CLAIMS =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    private static final String RSA_SIGNATURE =
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
                    + "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOL"
                    + "n6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVm"
                    + "tVrBp0igcN_IoypGlUPQGe77Rw";
    private static final String EC_SIGNATURE =
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    private static final String ED_SIGNATURE =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    private KnownAnswers() {}

    /** @throws IllegalStateException when the provider answers otherwise */
    static void check(SignatureProvider signatures) {
        check(
                signatures,
                Map.of("kty", "RSA", "n", RSA_N, "e", "AQAB"),
                SignatureAlgorithm.RS256,
                "eyJhbGciOiJSUzI1NiJ9." + CLAIMS,
                RSA_SIGNATURE);
        check(
                signatures,
                Map.of(
                        "kty",
                        "EC",
                        "crv",
                        "P-256",
                        "x",
                        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                        "y",
                        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
                SignatureAlgorithm.ES256,
                "eyJhbGciOiJFUzI1NiJ9." + CLAIMS,
                EC_SIGNATURE);
        check(
                signatures,
                Map.of("kty", "OKP", "crv", "Ed25519", "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
                SignatureAlgorithm.EDDSA,
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                ED_SIGNATURE);
    }

    private static void check(
            SignatureProvider signatures,
            Map<String, Object> jwk,
            SignatureAlgorithm algorithm,
            String input,
            String signature) {
        if (!(VerificationKey.parse(jwk, signatures) instanceof VerificationKey.Parsed.Usable(VerificationKey key))) {
            throw new IllegalStateException("it makes no key for " + algorithm);
        }
        if (signatures.current() != null && !key.isNative()) {
            throw new IllegalStateException("it takes no key for " + algorithm);
        }
        byte[] signed = input.getBytes(StandardCharsets.US_ASCII);
        byte[] other = signed.clone();
        other[other.length - 1] ^= 1;
        if (!key.verifies(algorithm, signed, signature) || key.verifies(algorithm, other, signature)) {
            throw new IllegalStateException("it gives wrong answers for " + algorithm);
        }
    }
}
