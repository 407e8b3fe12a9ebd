package io.percolate.gateway.proxy.engine.tls;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a key and its certificates are kept, as PEM.
 *
 * @param chain the key's certificate, then those of the authorities between it and a trusted one
 */
public record KeyFiles(Path chain, Path key) {
    private static final String CHAIN_NAME = "tls.crt";
    private static final String KEY_NAME = "tls.key";

    /** The form of {@link #parse}, for the reference. */
    public static final String FORM = "a folder that holds " + CHAIN_NAME + " and " + KEY_NAME
            + " (a mounted Kubernetes secret), or CHAIN:KEY, two files";

    /** Reads a folder, or two files parted by a colon. */
    public static KeyFiles parse(String text) throws TlsMaterialException {
        try {
            int colon = text.indexOf(':');
            if (colon >= 0) {
                return new KeyFiles(Path.of(text.substring(0, colon)), Path.of(text.substring(colon + 1)));
            }
            Path folder = Path.of(text);
            if (!Files.isDirectory(folder)) {
                throw new TlsMaterialException("expected " + FORM + ", got '" + text + "'");
            }
            return new KeyFiles(folder.resolve(CHAIN_NAME), folder.resolve(KEY_NAME));
        } catch (InvalidPathException invalid) {
            throw new TlsMaterialException("'" + text + "' is not a path", invalid);
        }
    }

    public List<Path> paths() {
        return List.of(chain, key);
    }
}
