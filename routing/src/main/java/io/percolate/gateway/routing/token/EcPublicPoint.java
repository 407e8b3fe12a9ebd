package io.percolate.gateway.routing.token;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.util.List;
import javax.crypto.KeyAgreement;

/**
 * The public key of an EC private key, which PKCS#8 need not hold and the JDK does not derive.
 *
 * <p>ECDH between the private key d and the curve's generator G yields the x of the public point dG. Of the two y that
 * x has, a trial signature tells the right one. The primes of the NIST curves are 3 mod 4, so that a root is a power.
 */
final class EcPublicPoint {
    private EcPublicPoint() {}

    static ECPublicKey of(ECPrivateKey privateKey) throws GeneralSecurityException {
        ECParameterSpec curve = privateKey.getParams();
        KeyFactory keys = KeyFactory.getInstance("EC");
        KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(privateKey);
        agreement.doPhase(keys.generatePublic(new ECPublicKeySpec(curve.getGenerator(), curve)), true);
        BigInteger x = new BigInteger(1, agreement.generateSecret());
        BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
        BigInteger y = root(curve.getCurve(), x, p);
        for (BigInteger candidate : List.of(y, p.subtract(y))) {
            PublicKey publicKey = keys.generatePublic(new ECPublicKeySpec(new ECPoint(x, candidate), curve));
            if (belongTogether(privateKey, publicKey)) {
                return (ECPublicKey) publicKey;
            }
        }
        throw new GeneralSecurityException("no public key belongs to this private key");
    }

    private static BigInteger root(EllipticCurve curve, BigInteger x, BigInteger p) {
        BigInteger square =
                x.pow(3).add(curve.getA().multiply(x)).add(curve.getB()).mod(p);
        return square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
    }

    private static boolean belongTogether(ECPrivateKey privateKey, PublicKey publicKey)
            throws GeneralSecurityException {
        byte[] text = "trial".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(privateKey);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(text);
        return signature.verify(signed);
    }
}
