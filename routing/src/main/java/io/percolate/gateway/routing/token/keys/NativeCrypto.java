package io.percolate.gateway.routing.token.keys;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.security.Provider;
import java.security.SecureClassLoader;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * Amazon Corretto Crypto Provider, loaded from its jar for this machine's processor.
 *
 * <p>One jar a processor stands on the class path, all with the same classes beside their own native library, so the
 * class path cannot choose. This class loader takes the right jar alone. It does not check the jar's signature (0.2 s of
 * the 0.36 s that loading takes on one core): the jar comes from where all our classes come from.
 */
final class NativeCrypto extends SecureClassLoader {
    private static final String PACKAGE = "com/amazon/corretto/crypto/provider/";
    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";

    private final JarFile jar;

    private NativeCrypto(JarFile jar) {
        super(ClassLoader.getPlatformClassLoader());
        this.jar = jar;
    }

    /**
     * Loads the provider and its library. Blocks; the library is written to {@code java.io.tmpdir} on the way, which must
     * allow execution.
     *
     * @throws IOException when there is none for this machine
     * @throws ReflectiveOperationException or LinkageError when it cannot be loaded
     */
    static Provider load() throws IOException, ReflectiveOperationException {
        String classifier = classifier(System.getProperty("os.name"), System.getProperty("os.arch"));
        @SuppressWarnings("resource") // Lives as long as the provider.
        NativeCrypto loader = new NativeCrypto(new JarFile(jarOf(classifier), false));
        Class<?> type = Class.forName(PROVIDER, true, loader);
        Provider provider = (Provider) type.getDeclaredConstructor().newInstance();
        Object error = type.getMethod("getLoadingError").invoke(provider);
        if (error instanceof Throwable cause) {
            throw new IOException("its library cannot be loaded: " + cause, cause);
        }
        return provider;
    }

    /** As Maven's os-maven-plugin names platforms. */
    static String classifier(String os, String processor) {
        String name = os.toLowerCase(Locale.ROOT);
        return (name.startsWith("linux") ? "linux" : name.replace(' ', '-')) + "-"
                + switch (processor) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "aarch_64";
                    default -> processor;
                };
    }

    static File jarOf(String classifier) throws IOException {
        List<URL> found =
                Collections.list(NativeCrypto.class.getClassLoader().getResources(PACKAGE + "version.properties"));
        for (URL entry : found) {
            String jar = entry.getPath().replaceFirst("!/.*", "");
            if (entry.getProtocol().equals("jar") && jar.endsWith("-" + classifier + ".jar")) {
                return new File(URI.create(jar));
            }
        }
        throw new IOException("there is none for " + classifier + " on the class path");
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        JarEntry entry = jar.getJarEntry(name.replace('.', '/') + ".class");
        if (entry == null) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = jar.getInputStream(entry)) {
            byte[] code = in.readAllBytes();
            return defineClass(name, code, 0, code.length);
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    @Override
    protected @Nullable URL findResource(String name) {
        try {
            return jar.getJarEntry(name) == null
                    ? null
                    : URI.create("jar:" + new File(jar.getName()).toURI() + "!/" + name)
                            .toURL();
        } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
