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

    @ParameterizedTest
    @CsvSource({
        "POST, application/json, 1",
        "POST, 'Application/JSON; charset=utf-8', 1",
        "POST, text/plain, 2",
        "POST, text/html, 2",
        "POST, textual/plain, 3",
        "POST, , 3",
        "GET, text/plain, 0",
    })
    void rulesGoByContentTypeToo(String method, String type, int number) {
        ColdStartRules rules = ColdStartRules.parse("POST /** type=application/json -> generate else context;"
                + "POST /** tier=A,B type=text/* -> generate; POST /** -> reject");
        assertThat(rules.choose(method, "/a", Tier.B, type).number()).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({
        "application/grpc, 1",
        "application/grpc+proto; x=y, 1",
        "application/grpc-web, 2",
        "application/graphql, 2",
        "application/json, 3",
    })
    void aTypeMayBeABeginningOnly(String type, int number) {
        ColdStartRules rules = ColdStartRules.parse("* /** type=application/grpc,application/grpc+* -> generate;"
                + "* /** type=application/gr* -> hold; * /** type=application/* -> reject");
        assertThat(rules.choose("POST", "/a", Tier.B, type).number()).isEqualTo(number);
        assertThatThrownBy(() -> ColdStartRules.parse(
                        "* /** type=text/*,a/b* -> hold; * /** type=text/x*,a/b,a/bc*,text/* -> hold"))
                .hasMessageContaining("never fires");
    }

    @ParameterizedTest
    @CsvSource({
        "generate else context, true, GENERATE, HOLD",
        "generate else reject, true, GENERATE, REJECT",
        "generate else reject, false, HOLD, REJECT",
        "context else reject, true, HOLD, REJECT",
        "reject, true, REJECT, HOLD",
    })
    void whoWantsToTalkGetsNoContext(String rule, boolean answerable, Responder responder, Responder otherwise) {
        ColdStartRules.Choice choice = ColdStartRules.parse("* /** -> " + rule)
                .choose("POST", "/a", Tier.B, null)
                .forTalk(answerable);
        assertThat(choice).isEqualTo(new ColdStartRules.Choice(responder, otherwise, 1, "* /** -> " + rule));
    }

    @Test
    void aChoiceNamesItsRuleAndWhatElseIsDone() {
        ColdStartRules rules =
                ColdStartRules.parse("POST /chat -> generate else context; GET /** -> context else reject");
        ColdStartRules.Choice choice = rules.choose("POST", "/chat?x", Tier.C, null);
        assertThat(choice)
                .isEqualTo(new ColdStartRules.Choice(
                        Responder.GENERATE, Responder.CONTEXT, 1, "POST /chat -> generate else context"));
        assertThat(rules.choose("GET", "/", Tier.C, null).otherwise()).isEqualTo(Responder.REJECT);
        assertThat(ColdStartRules.parse("* /** -> generate")
                        .choose("GET", "/", Tier.A, null)
                        .otherwise())
                .isEqualTo(Responder.HOLD);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> ColdStartRules.parse("GET /a*b -> hold; GET /** -> wait; POST / tier=D -> hold;"
                        + "POST / type=text -> hold; POST / size=3 -> hold; POST / -> hold else context;"
                        + "POST / -> generate else generate; GET,HEAD /x/** -> context; get /x/y tier=A -> hold"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "whole segment",
                        "got 'wait'",
                        "no tier 'D'",
                        "no content type 'text'",
                        "'size=3'",
                        "'else' goes with",
                        "'generate' cannot be what else",
                        "'get /x/y tier=A -> hold' never fires, since 'GET,HEAD /x/** -> context' stands before it");
    }

    @Test
    void withoutAnyRuleRequestsWait() {
        assertThat(ColdStartRules.parse("").responder("GET", "/", Tier.A)).isEqualTo(Responder.HOLD);
    }
}
