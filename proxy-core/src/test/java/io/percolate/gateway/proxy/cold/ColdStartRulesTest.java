package io.percolate.gateway.proxy.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.cold.ColdStartRules.Responder;
import io.percolate.gateway.routing.tenant.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColdStartRulesTest {
    @ParameterizedTest
    @CsvSource({"GET, CONTEXT", "HEAD, CONTEXT", "POST, HOLD", "PUT, HOLD", "DELETE, HOLD", "OPTIONS, HOLD"})
    void byDefaultReadsAreAnsweredFromTheContextAndAllElseWaits(String method, Responder responder) {
        assertThat(ColdStartRules.DEFAULT.responder(method, "/any/where?x=y", Tier.C))
                .isEqualTo(responder);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /chat, A, HOLD",
        "POST, /chat/1/2, A, HOLD",
        "POST, /chat/1, B, REJECT",
        "POST, /chats, A, REJECT",
        "GET, /files/1/meta, C, HOLD",
        "GET, /files/1/2/meta, C, CONTEXT",
        "GET, /files/1/meta?a=/b, C, HOLD",
        "GET, /, C, CONTEXT",
        "PATCH, /, A, HOLD",
        "PATCH, /, C, HOLD",
    })
    void theFirstRuleThatMatchesDecides(String method, String target, Tier tier, Responder responder) {
        ColdStartRules rules = ColdStartRules.parse("POST /chat/** tier=A -> hold; POST,PUT /** -> reject;"
                + "GET /files/*/meta -> hold; get /** -> context");
        assertThat(rules.responder(method, target, tier)).isEqualTo(responder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /**",
                "GET -> hold",
                "GET /** -> wait",
                "GET /** tier=D -> hold",
                "GET /**/a -> hold",
                "GET a -> hold",
                "/** -> hold"
            })
    void whatCannotBeReadIsNamed(String text) {
        assertThatThrownBy(() -> ColdStartRules.parse("GET / -> hold;" + text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void withoutAnyRuleRequestsWait() {
        assertThat(ColdStartRules.parse("").responder("GET", "/", Tier.A)).isEqualTo(Responder.HOLD);
    }
}
