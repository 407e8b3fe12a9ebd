package io.percolate.gateway.bench.launch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A certificate (ECDSA P-256) for this machine that vouches for itself, made by the JDK's keytool.
 *
 * @param folder holds {@code tls.crt} and {@code tls.key}, as a mounted secret does
 */
public record SelfSignedCertificate(Path folder) {
    private static final String ALIAS = "edge";
    /** Of a key store that is deleted at once. */
    private static final String PASSWORD = "for-a-moment";

    private static final int SECONDS_MAX = 60;

    /** Makes it in a new folder within this one, for {@code localhost} and these hosts. */
    public static SelfSignedCertificate create(Path parent, String... hosts) throws IOException, InterruptedException {
        Path folder = Files.createDirectory(parent.resolve("tls"));
        Path store = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        // It lives for a moment, and the VM's own choices are for longer.
                        "-J-XX:TieredStopAtLevel=1",
                        "-J-XX:+UseSerialGC",
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1"
                                + String.join(
                                        "",
                                        Stream.of(hosts)
                                                .map(host -> ",dns:" + host)
                                                .toList()),
                        "-validity",
                        "30",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        if (!keytool.waitFor(SECONDS_MAX, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IllegalStateException(
                    "keytool made no certificate: " + Files.readString(folder.resolve("keytool.log")));
        }
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            write(
                    folder.resolve("tls.crt"),
                    "CERTIFICATE",
                    keys.getCertificate(ALIAS).getEncoded());
            write(
                    folder.resolve("tls.key"),
                    "PRIVATE KEY",
                    keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
        } catch (GeneralSecurityException unusable) {
            throw new IllegalStateException("keytool's certificate cannot be read", unusable);
        }
        Files.delete(store);
        return new SelfSignedCertificate(folder);
    }

    public Path certificate() {
        return folder.resolve("tls.crt");
    }

    public Path key() {
        return folder.resolve("tls.key");
    }

    private static void write(Path file, String label, byte[] der) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                "-----BEGIN " + label + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                        + "\n-----END " + label + "-----\n",
                StandardCharsets.US_ASCII);
    }
}
