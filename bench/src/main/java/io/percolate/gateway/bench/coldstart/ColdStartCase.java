package io.percolate.gateway.bench.coldstart;

/** What is measured. */
enum ColdStartCase {
    STORM(
            "Very many cold tenants come back within seconds, and a pod is killed: is anything lost, and where does time go?"),
    HERD("Very many requests at once for one cold tenant, through every gateway: how many wakes?"),
    TAKEOVER("The same while the gateway that wakes the tenant is killed: who goes on?"),
    RELEASE("How long after a tenant is in its pod's memory do the requests that were held for it reach the pod?"),
    HELD("How much memory does a held request take, and what do other tenants notice?");

    private final String question;

    ColdStartCase(String question) {
        this.question = question;
    }

    String question() {
        return question;
    }
}
