package io.percolate.gateway.proxy.engine.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and certificates as issuers and Kubernetes leave them in files. */
class TlsMaterialTest {
    /** One for all, since a key takes a second. */
    private static final X509Bundle OF_RSA =
            Certificates.issue(Certificates.server("a.example").rsa2048());

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void aMountedSecretIsReadWithItsWholeChain(Algorithm algorithm) throws Exception {
        X509Bundle bundle = algorithm == Algorithm.rsa2048
                ? OF_RSA
                : Certificates.issue(Certificates.server("a.example").algorithm(algorithm));
        Certificates.write(folder, bundle);

        CertifiedKey read = CertifiedKey.read(KeyFiles.parse(folder.toString()));

        assertThat(read.chain()).containsExactly(bundle.getCertificatePath());
        assertThat(read.key()).isEqualTo(bundle.getKeyPair().getPrivate());
        assertThat(read.expires())
                .isEqualTo(bundle.getCertificate().getNotAfter().toInstant());
        assertThat(read.toString()).doesNotContain("PrivateKey").contains("a.example");
    }

    @Test
    void aKeyInPkcs1IsReadAsCertManagerWritesIt() throws Exception {
        X509Bundle bundle = OF_RSA;
        PrivateKey key = bundle.getKeyPair().getPrivate();
        byte[] pkcs1 = PrivateKeyInfo.getInstance(key.getEncoded())
                .parsePrivateKey()
                .toASN1Primitive()
                .getEncoded();
        Path chain = write("chain.pem", bundle.getCertificatePathPEM());
        Path pem = write("key.pem", pem("RSA PRIVATE KEY", pkcs1));

        assertThat(CertifiedKey.read(KeyFiles.parse(chain + ":" + pem)).key()).isEqualTo(key);
    }

    @Test
    void aKeyInSec1IsReadAsOpensslWritesIt() throws Exception {
        // openssl ecparam -name prime256v1 -genkey, and the same by openssl pkcs8 -topk8 -nocrypt
        Path sec1 = write("sec1.pem", """
                -----BEGIN EC PARAMETERS-----
                BggqhkjOPQMBBw==
                -----END EC PARAMETERS-----
                -----BEGIN EC PRIVATE KEY-----
                MHcCAQEEIAP5JtM2FCe2u2CJ3L/1haGhwywcVfrq5C8ZCXvNKQTqoAoGCCqGSM49
                AwEHoUQDQgAEf0oBSy0r6f7rX6u2LWahxDM1RQE4CTkPey4+ZThDngnwbxKRVsMF
                TixgPGTNo7hH5sGKp8SodT1n0vC2laV/ew==
                -----END EC PRIVATE KEY-----
                """);
        Path pkcs8 = write("pkcs8.pem", """
                -----BEGIN PRIVATE KEY-----
                MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA/km0zYUJ7a7YInc
                v/WFoaHDLBxV+urkLxkJe80pBOqhRANCAAR/SgFLLSvp/utfq7YtZqHEMzVFATgJ
                OQ97Lj5lOEOeCfBvEpFWwwVOLGA8ZM2juEfmwYqnxKh1PWfS8LaVpX97
                -----END PRIVATE KEY-----
                """);

        assertThat(((ECPrivateKey) PemFile.privateKey(sec1)).getS())
                .isEqualTo(((ECPrivateKey) PemFile.privateKey(pkcs8)).getS());
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        X509Bundle one = Certificates.named("a.example");
        for (X509Bundle stranger : List.of(Certificates.named("a.example"), OF_RSA)) {
            Path chain = write("chain.pem", one.getCertificatePathPEM());
            Path key = write("key.pem", stranger.getPrivateKeyPEM());

            assertThatThrownBy(() -> CertifiedKey.read(new KeyFiles(chain, key)))
                    .isInstanceOf(TlsMaterialException.class)
                    .hasMessageContaining("does not belong to the first certificate")
                    .hasMessageContaining("key.pem");
        }
    }

    @Test
    void whatCannotBeReadIsToldWithItsFile() throws Exception {
        Path empty = write("empty.pem", "");
        Path garbage = write("garbage.pem", pem("CERTIFICATE", new byte[] {1, 2, 3}));
        Path encrypted = write("encrypted.pem", pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
        Path broken = write("broken.pem", pem("PRIVATE KEY", new byte[] {1, 2, 3}));
        Path truncated = write("truncated.pem", pem("EC PRIVATE KEY", new byte[] {0x30, 0x20, 0x02, 0x01, 0x01}));
        Path large = write("large.pem", "x".repeat((1 << 20) + 1));
        Path absent = folder.resolve("absent.pem");

        assertRefused(() -> PemFile.certificates(empty), "expected 1 to 1000 certificates");
        assertRefused(() -> PemFile.certificates(garbage), "garbage.pem holds a broken certificate");
        assertRefused(() -> PemFile.certificates(large), "large.pem is larger than");
        assertRefused(() -> PemFile.certificates(absent), "cannot read");
        assertRefused(() -> PemFile.privateKey(empty), "expected one private key");
        assertRefused(() -> PemFile.privateKey(encrypted), "unsupported form ENCRYPTED PRIVATE KEY");
        assertRefused(() -> PemFile.privateKey(broken), "broken or not of");
        assertRefused(() -> PemFile.privateKey(truncated), "truncated.pem is truncated");
        assertRefused(() -> KeyFiles.parse(absent.toString()), "expected a folder");
    }

    @Test
    void aChangeOfContentsIsSeenThroughASwappedLinkAndABrokenOneIsNot() throws Exception {
        // given a secret as Kubernetes mounts it: links to a folder behind a link that is swapped
        Path first = Certificates.write(folder.resolve("..2026_01"), Certificates.named("a.example"));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), first);
        Files.createSymbolicLink(folder.resolve("tls.crt"), Path.of("..data", "tls.crt"));
        Files.createSymbolicLink(folder.resolve("tls.key"), Path.of("..data", "tls.key"));
        KeyFiles files = KeyFiles.parse(folder.toString());
        List<CertifiedKey> retired = new ArrayList<>();
        ReloadedFiles<CertifiedKey> reloaded =
                ReloadedFiles.load("the test's key", files.paths(), () -> CertifiedKey.read(files), retired::add);
        CertifiedKey before = reloaded.current();
        assertThat(reloaded.look()).isFalse();

        // when the link goes to a folder with a broken key, it stays as it was and says why, once
        swap(data, Certificates.write(folder.resolve("..2026_02"), Certificates.named("b.example")));
        Files.writeString(folder.resolve("..2026_02").resolve("tls.key"), "no key");
        assertThat(reloaded.look()).isFalse();
        assertThat(reloaded.look()).isFalse();
        assertThat(reloaded.current()).isSameAs(before);
        assertThat(reloaded.problem()).contains("expected one private key");
        assertThat(reloaded.failures()).isEqualTo(1);

        // when it goes to a whole one, that one is used
        swap(data, Certificates.write(folder.resolve("..2026_03"), Certificates.named("c.example")));
        assertThat(reloaded.look()).isTrue();
        assertThat(reloaded.current().toString()).contains("c.example");
        assertThat(reloaded.problem()).isNull();
        assertThat(reloaded.reloads()).isEqualTo(1);
        assertThat(retired).containsExactly(before);

        // when files go away and come back as they were, nothing happens
        Files.delete(data);
        assertThat(reloaded.look()).isFalse();
        assertThat(reloaded.problem()).contains("cannot read");
        Files.createSymbolicLink(data, folder.resolve("..2026_03"));
        assertThat(reloaded.look()).isFalse();
        assertThat(reloaded.problem()).isNull();
        assertThat(reloaded.reloads()).isEqualTo(1);
    }

    private static void swap(Path link, Path target) throws Exception {
        Path made = Files.createSymbolicLink(link.resolveSibling("..data_tmp"), target);
        Files.move(made, link, StandardCopyOption.ATOMIC_MOVE);
    }

    private interface Reading {
        Object read() throws Exception;
    }

    private static void assertRefused(Reading reading, String message) {
        assertThatThrownBy(reading::read)
                .isInstanceOf(TlsMaterialException.class)
                .hasMessageContaining(message);
    }

    private Path write(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
