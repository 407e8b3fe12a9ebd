package io.percolate.gateway.proxy.sidecar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarTest {
    private static final long BYTES_MAX = 1_000_000;

    @TempDir
    Path folder;

    @Test
    void whatIsPackedIsUnpackedAsItWas() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        Path deep = Files.createDirectories(from.resolve("d".repeat(60)).resolve("e".repeat(60)));
        Files.createDirectory(from.resolve("empty"));
        Files.writeString(deep.resolve("ümläut and \"more\""), "deep");
        Files.write(from.resolve("blocks"), new byte[1024]);
        Files.writeString(from.resolve("run"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(from.resolve("run"), PosixFilePermissions.fromString("rwxr-x---"));

        Path to = folder.resolve("to");
        TarReader.unpack(packed(from), to, BYTES_MAX);

        assertThat(to.resolve(from.relativize(deep)).resolve("ümläut and \"more\""))
                .hasContent("deep");
        assertThat(to.resolve("empty")).isEmptyDirectory();
        assertThat(to.resolve("blocks")).hasSize(1024);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(to.resolve("run"))))
                .isEqualTo("rwxr-x---");
    }

    @Test
    void anEmptyDirectoryIsSomethingButAnEmptyTarIsNot() throws IOException {
        TarReader.unpack(packed(Files.createDirectory(folder.resolve("from"))), folder.resolve("to"), BYTES_MAX);

        assertThat(folder.resolve("to")).isEmptyDirectory();
        assertThatThrownBy(() -> TarReader.unpack(file(new byte[1024]), folder.resolve("two"), BYTES_MAX))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("empty tar");
    }

    @Test
    void aLinkIsRefusedOnBothWays() throws IOException {
        Path from = Files.createDirectory(folder.resolve("from"));
        Files.createSymbolicLink(from.resolve("link"), folder);

        assertThatThrownBy(() -> packed(from)).hasMessageContaining("link is neither a file nor a directory");
        assertThatThrownBy(() -> unpack(TarBlock.of('2', "link", 0777, 0, 0)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("type '2'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "/etc/out", "a/../../out", ".."})
    void aNameThatLeadsElsewhereIsRefused(String name) {
        assertThatThrownBy(() -> unpack(TarBlock.of('0', name, 0644, 0, 0)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("leads elsewhere");
    }

    @Test
    void whatIsTooLargeOrCutOffOrNoTarIsRefused() {
        assertThatThrownBy(() -> unpack(TarBlock.of('0', "a", 0644, BYTES_MAX + 1, 0)))
                .hasMessageContaining("larger than");
        assertThatThrownBy(() -> unpack(TarBlock.of('x', "a", 0644, 1 << 20, 0)))
                .hasMessageContaining("header of more than");
        assertThatThrownBy(() -> unpack(TarBlock.of('0', "a", 0644, 4096, 0))).hasMessageContaining("breaks off");
        assertThatThrownBy(() -> unpack("no tar".repeat(200).getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected");
        assertThatThrownBy(() -> unpack(TarBlock.of('0', "a", 0644, 0, 0), TarBlock.of('0', "a", 0644, 0, 0)))
                .hasMessageContaining("twice");
    }

    private void unpack(byte[]... parts) throws IOException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            tar.write(part);
        }
        tar.write(new byte[1024]);
        Path to = folder.resolve("unpacked");
        try {
            TarReader.unpack(file(tar.toByteArray()), to, BYTES_MAX);
        } finally {
            Workspace.deleteAll(to);
        }
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(folder.resolve("tar"), content);
    }

    private Path packed(Path from) throws IOException {
        Path tar = folder.resolve("packed");
        try (OutputStream out = Files.newOutputStream(tar)) {
            TarWriter.write(from, out);
        }
        return tar;
    }
}
