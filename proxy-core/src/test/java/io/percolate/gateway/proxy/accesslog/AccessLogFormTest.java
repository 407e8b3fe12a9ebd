package io.percolate.gateway.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.accesslog.AccessLogConfig.Format;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.Timelines;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AccessLogFormTest {
    private static final String JWS = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";

    private final RequestTimeline timeline = Timelines.answeredByPod();

    @Test
    void saysEverythingInText() {
        assertThat(line(Format.TEXT, false))
                .isEqualTo(
                        "2026-11-20T10:15:30Z 192.0.2.7 \"GET /whoami HTTP/1.1\" 200 20.0ms"
                                + " tenant=6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01 tier=A by=pod pod=a-0 in=10 out=300 id=req-1\n");
    }

    @Test
    void saysEverythingInJson() {
        assertThat(line(Format.JSON, false))
                .isEqualTo("{\"time\":\"2026-11-20T10:15:30Z\",\"client\":\"192.0.2.7\",\"method\":\"GET\","
                        + "\"target\":\"/whoami\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"duration_ms\":20.0,"
                        + "\"tenant\":\"6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01\",\"tier\":\"A\",\"answered_by\":\"pod\","
                        + "\"pod\":\"a-0\",\"request_bytes\":10,\"response_bytes\":300,\"request_id\":\"req-1\","
                        + "\"complete\":true}\n");
    }

    @Test
    void saysWhyARequestFailed() {
        timeline.failure = FailureKind.POD_CLOSED;
        timeline.answeredBy = AnsweredBy.GATEWAY;
        timeline.complete = false;

        assertThat(line(Format.TEXT, false)).endsWith(" failure=pod_closed incomplete\n");
        assertThat(line(Format.JSON, false)).contains("\"failure\":\"pod_closed\"", "\"complete\":false");
    }

    @Test
    void saysHowOftenARequestWasTriedAndHowLongItHad() {
        timeline.tries = 2;
        timeline.deadlineNanos = 1_500_000_000L;

        assertThat(line(Format.TEXT, false)).endsWith(" tries=2 deadline=1500.0ms\n");
        assertThat(line(Format.JSON, false)).contains("\"tries\":2,\"deadline_ms\":1500.0,\"complete\":true");
    }

    @Test
    void saysHowAWebSocketEnded() {
        timeline.webSocketEnd = WebSocketEnd.POD_CLOSED;
        timeline.closeCode = 4001;

        assertThat(line(Format.TEXT, false)).endsWith(" websocket=pod_closed code=4001\n");
        assertThat(line(Format.JSON, false))
                .contains("\"websocket_end\":\"pod_closed\",\"websocket_close_code\":4001,\"complete\":true");
    }

    @Test
    void cutsTheQueryOffUnlessToldOtherwise() {
        assertThat(line(Format.TEXT, false)).doesNotContain("x=1");
        assertThat(line(Format.TEXT, true)).contains("/whoami?x=1");
    }

    @Test
    void neverShowsATokenWhereverItStands() {
        timeline.target =
                "/files/" + JWS + "/a?access_token=opaque-but-secret&page=2&t=" + JWS + "&X-Amz-Signature=abc";

        for (Format format : new Format[] {Format.TEXT, Format.JSON}) {
            assertThat(line(format, true))
                    .contains("page=2")
                    .doesNotContain("eyJ", "c2lnbmF0dXJl", "opaque-but-secret", "=abc");
            assertThat(line(format, false)).doesNotContain("eyJ", "c2lnbmF0dXJl");
        }
    }

    @Test
    void escapesWhateverCouldForgeALine() {
        timeline.target = "/a\" 200\r\n2026 forged\u001b[31m\u00e9";
        timeline.requestId = "x y";

        assertThat(line(Format.TEXT, false))
                .hasLineCount(1)
                .contains("/a\\u0022\\u0020200\\u000d\\u000a2026\\u0020forged\\u001b[31m\\u00e9")
                .contains("id=x\\u0020y");
        assertThat(line(Format.JSON, false)).hasLineCount(1).contains("/a\\\" 200\\r\\n2026 forged\\u001B[31m");
    }

    @Test
    void marksWhatIsNotKnown() {
        RequestTimeline unknown = new RequestTimeline();

        assertThat(new AccessLogForm(new AccessLogConfig(Format.TEXT, false, 1)).line(AccessLogEntry.of(unknown, 0)))
                .contains("tenant=- tier=- by=nobody pod=-");
    }

    private String line(Format format, boolean query) {
        long ended = Instant.parse("2026-11-20T10:15:30Z").toEpochMilli();
        return new AccessLogForm(new AccessLogConfig(format, query, 1)).line(AccessLogEntry.of(timeline, ended));
    }
}
