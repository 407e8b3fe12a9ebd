package io.percolate.gateway.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.ssl.SslContext;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** The generator of TLS handshakes, one process for all peers, so that each finds it equally warm. */
public final class HandshakeLoadMain {
    private HandshakeLoadMain() {}

    /** How to start it as a process of its own. */
    static List<String> command(String target, int connections, Path tokens) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                HandshakeLoadMain.class.getName(),
                target,
                String.valueOf(connections),
                tokens.toString());
    }

    /** Arguments: target, connections, file of tokens. Runs each {@code PORT SECONDS} it reads. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        List<ByteBuf> requests = Files.readAllLines(Path.of(args[2])).stream()
                .map(token -> OpenLoop.request(args[0], token))
                .toList();
        SslContext tls = HandshakeLoop.tls();
        try (var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
                var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] fields = line.split(" ");
                System.gc();
                System.out.println(new HandshakeLoop(
                                group.next(), tls, requests, Integer.parseInt(args[1]), Integer.parseInt(fields[1]))
                        .run(Integer.parseInt(fields[0]))
                        .line());
            }
        }
    }
}
