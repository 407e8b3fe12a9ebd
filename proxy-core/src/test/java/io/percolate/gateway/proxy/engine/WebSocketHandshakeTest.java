package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.WebSocketPeer.ACCEPT;
import static io.percolate.gateway.proxy.engine.WebSocketPeer.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.failure.FailureKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handshakes that are not what they should be, on either side; each with the section of RFC 6455 that settles it. */
class WebSocketHandshakeTest {
    private static TestEdge edge;

    @BeforeAll
    static void start() {
        edge = new TestEdge("GATEWAY_WEBSOCKET_ORIGINS", "https://app.example");
    }

    @AfterAll
    static void stop() {
        edge.close();
    }

    /** Of a good handshake, {@code what} is replaced by something else; '~' is the end of a line. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "4.2.1, another method,               GET /ws,                       PUT /ws,                            400",
        "4.2.1, HEAD,                         GET /ws,                       HEAD /ws,                           400",
        "4.2.1, a body,                       Upgrade: websocket,            Upgrade: websocket~Content-Length: 4, 400",
        "4.2.1, a chunked body,               Upgrade: websocket,            Upgrade: websocket~Transfer-Encoding: chunked, 400",
        "4.2.1, no key,                       Sec-WebSocket-Key,             X-Key,                              400",
        "4.2.1, a key of 15 bytes,            dGhlIHNhbXBsZSBub25jZQ==,      dGhlIHNhbXBsZSBub25j,               400",
        "4.2.1, a key of 17 bytes,            dGhlIHNhbXBsZSBub25jZQ==,      dGhlIHNhbXBsZSBub25jZWE=,           400",
        "4.2.1, a key that is not base64,     dGhlIHNhbXBsZSBub25jZQ==,      dGhlIHNhbXBsZSBub25jZQ!!,           400",
        "4.2.1, an empty key,                 dGhlIHNhbXBsZSBub25jZQ==,      '',                                 400",
        "4.2.1, two keys,                     Upgrade: websocket,            Upgrade: websocket~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, 400",
        "4.2.2, version 8,                    Version: 13,                   Version: 8,                         426",
        "4.2.2, version 14,                   Version: 13,                   Version: 14,                        426",
        "4.2.2, version 013,                  Version: 13,                   Version: 013,                       426",
        "4.2.2, no version,                   Sec-WebSocket-Version,         X-Version,                          426",
        "4.2.2, two versions,                 Version: 13,                   Version: 13~Sec-WebSocket-Version: 8, 426",
        "4.2.2, another origin,               Upgrade: websocket,            Upgrade: websocket~Origin: https://evil.example, 403",
        "4.2.2, an origin with a port,        Upgrade: websocket,            Upgrade: websocket~Origin: https://app.example:81, 403",
        "4.2.2, no page's origin,             Upgrade: websocket,            Upgrade: websocket~Origin: null,    403",
        "4.2.1, two origins,                  Upgrade: websocket,            Upgrade: websocket~Origin: https://app.example~Origin: https://app.example, 400",
        "4.2.1, a name without its token,     Upgrade: websocket,            'Upgrade: websocket~Sec-WebSocket-Protocol: chat, bearer', 400",
        "4.2.1, two tokens,                   Upgrade: websocket,            'Upgrade: websocket~Sec-WebSocket-Protocol: bearer, aaa.bbb.ccc', 400",
        "10.5,  no token,                     Authorization: Bearer,         X-Authorization:,                   401",
    })
    void aRequestThatIsNotOneIsRefused(String section, String title, String what, String by, int status)
            throws Exception {
        try (RawClient client = edge.client()) {
            String request = WebSocketPeer.upgrade("/ws");
            assertThat(request).contains(what);
            RawClient.Answer answer = client.send(request.replaceFirst(what, by.replace("~", "\r\n")))
                    .read(title.equals("HEAD"));

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.head().getFirst()).doesNotContain(" 101 ");
            if (status == 426) {
                assertThat(answer.header("Sec-WebSocket-Version")).isEqualTo("13");
                assertThat(answer.header("Upgrade")).isEqualTo("websocket");
            }
            assertThat(client.isEnded()).isTrue();
        }
    }

    /** As RFC 9110, section 7.8, has it: the request goes on without the field. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "another protocol,     Upgrade: websocket,             Upgrade: h2c",
        "a name that is longer, Upgrade: websocket,            Upgrade: websockets",
        "no option,            'Connection: keep-alive, Upgrade', Connection: keep-alive",
        "no such field,        Upgrade: websocket,             X-Upgrade: websocket",
        "HTTP/1.0,             HTTP/1.1,                       HTTP/1.0"
    })
    void aRequestThatDoesNotAskIsLikeAllOthers(String title, String what, String by) throws Exception {
        try (ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Upgrade")).isEmpty();
                    socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nplain");
                });
                RawClient client = edge.hotIn(pod).client()) {
            RawClient.Answer answer = client.send(WebSocketPeer.upgrade("/ws").replaceFirst(what, by))
                    .read();

            assertThat(answer.body()).isEqualTo("plain");
        }
    }

    @Test
    void aPageOfAnAllowedOriginMay() throws Exception {
        try (ScriptedPod pod = new ScriptedPod()
                        .then(socket -> WebSocketPeer.accept(socket).echo());
                RawClient client = edge.hotIn(pod).client()) {
            WebSocketPeer.open(client, "Origin: https://APP.example", "Sec-WebSocket-Protocol: chat")
                    .close(1000)
                    .readClose();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "4.1, another key's answer,             Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=",
        "4.1, no answer to the key,             Sec-WebSocket-Accept,                 X-Accept",
        "4.1, two answers to the key,           Upgrade: websocket,                   Upgrade: websocket~Sec-WebSocket-Accept: a",
        "4.1, another protocol,                 Upgrade: websocket,                   Upgrade: h2c",
        "4.1, two protocols,                    Upgrade: websocket,                   'Upgrade: websocket, h2c'",
        "4.1, no protocol,                      Upgrade: websocket,                   X-Upgrade: websocket",
        "4.1, no option,                        Connection: Upgrade,                  Connection: keep-alive",
        "4.1, a subprotocol nobody offered,     Upgrade: websocket,                   Upgrade: websocket~Sec-WebSocket-Protocol: other",
        "4.1, two subprotocols,                 Upgrade: websocket,                   Upgrade: websocket~Sec-WebSocket-Protocol: chat~Sec-WebSocket-Protocol: chat",
        "4.1, an extension nobody offered,      Upgrade: websocket,                   Upgrade: websocket~Sec-WebSocket-Extensions: x-other",
        "9110 8.6, a length,                    Upgrade: websocket,                   Upgrade: websocket~Content-Length: 0",
        "9110 15.2, HTTP/1.0,                   HTTP/1.1,                             HTTP/1.0",
        "9112 5.2, a folded field,              Upgrade: websocket,                   'Upgrade: websocket~X-A: a~ b'",
    })
    void anAnswerThatIsNotOneIsNeverTold(String section, String title, String what, String by) throws Exception {
        String good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + ACCEPT + "\r\n\r\n";
        assertThat(good).contains(what);
        try (TestEdge own = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(PodSocket.header(socket.readHead(), "Sec-WebSocket-Key"))
                            .isEqualTo(KEY);
                    socket.write(good.replace(what, by.replace("~", "\r\n")));
                    assertThat(socket.readToEnd()).isIn("", "<reset>");
                });
                RawClient client = own.hotIn(pod).client()) {
            RawClient.Answer answer = client.send(WebSocketPeer.upgrade(
                            "/ws", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate"))
                    .read();

            assertThat(answer.status()).isEqualTo(502);
            assertThat(own.timeline().failure).isEqualTo(FailureKind.POD_RESPONSE_INVALID);
            assertThat(own.server.webSockets().openedCount()).isZero();
        }
    }

    @Test
    void anInterimAnswerComesBeforeTheSwitch() throws Exception {
        try (ScriptedPod pod = new ScriptedPod().then(socket -> {
                    String key = PodSocket.header(socket.readHead(), "Sec-WebSocket-Key");
                    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    WebSocketPeer.switched(socket, key).echo();
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(WebSocketPeer.upgrade("/ws"));

            assertThat(client.read().status()).isEqualTo(103);
            assertThat(client.read().status()).isEqualTo(101);
            WebSocketPeer.of(client).close(1000).readClose();
        }
    }
}
