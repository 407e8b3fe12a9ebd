package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request body that breaks in the middle never reaches a pod as a whole one. */
class BrokenUploadTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n",
                "-1\r\nabc",
                "+4\r\nabcd\r\n0\r\n\r\n",
                "0x4\r\nabcd\r\n0\r\n\r\n",
                "80000000\r\n",
                "FFFFFFFFFFFFFFFF\r\n",
                "10000000000000004\r\nabcd\r\n0\r\n\r\n",
                "4 \r\nabcd\r\n0\r\n\r\n",
                "4\nabcd\r\n0\r\n\r\n",
                "4\r\nabcdX\r\n0\r\n\r\n",
                "4\r\nabcd0\r\n\r\n",
                "\r\nabcd\r\n0\r\n\r\n",
                ";a=b\r\nabcd\r\n0\r\n\r\n",
                "4;a=\u0001\r\nabcd\r\n0\r\n\r\n",
                "0\r\nbad trailer\r\n\r\n",
                "0\r\nA: b\n\r\n",
            })
    void aBadChunkEndsTheUploadUnfinished(String rest) throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    socket.readHead();
                    assertThat(socket.readToEnd()).startsWith("5\r\nfirst\r\n").doesNotContain("\r\n0\r\n");
                });
                RawClient client = edge.hotIn(pod).client()) {
            client.send(request("POST", "/", "Transfer-Encoding: chunked") + "\r\n5\r\nfirst\r\n");
            await().until(() -> pod.accepted() == 1);
            RawClient.Answer answer = client.send(rest).read();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
        }
    }
}
