package io.percolate.gateway.bench.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.main.ManagementConfig;
import io.percolate.gateway.admin.main.ManagementProcess;
import io.percolate.gateway.bench.pod.TierPod;
import io.percolate.gateway.bench.pod.TierPodConfig;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.proxy.main.GatewayConfig;
import io.percolate.gateway.proxy.main.GatewayProcess;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.SigningKeys;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The processes with the settings of the production overlay: probes find their endpoints, queries find their metrics. */
class DeployedProcessesTest {
    private static final String ENTRY = "overlays/production";
    private static final String SHARED_SECRET = "a-secret-of-more-than-32-bytes-for-tests";
    private static final Pattern SERIES = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    /** Put there by Prometheus itself. */
    private static final Set<String> OF_TARGETS = Set.of("pod", "namespace", "service", "job", "instance");

    @TempDir
    static Path folder;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestDatabase database;
    private static ManagementDatabase podDatabase;
    private static TierPod pod;
    private static ManagementProcess management;
    private static GatewayProcess gateway;
    /** By name of the exported metric, the values of each label. */
    private static Map<String, Map<String, Set<String>>> exported;

    @BeforeAll
    static void start() throws IOException {
        database = PostgresFixture.freshDatabase();
        ConfigReader podReader = new ConfigReader(ConfigSource.of(changed(
                "StatefulSet",
                "percolate-tier-a",
                Map.of(
                        "PERCOLATE_HOST",
                        "127.0.0.1",
                        "PERCOLATE_PORT",
                        "0",
                        "PERCOLATE_DATA_DIR",
                        folder.resolve("data").toString()))));
        podDatabase = ManagementDatabase.open(DatabaseConfig.read(podReader), "pod", new SimpleMeterRegistry());
        pod = TierPod.start(TierPodConfig.read(podReader), Optional.of(podDatabase), Optional.empty());

        Path jwks = folder.resolve("jwks.json");
        SigningKeys.generate(SignatureAlgorithm.ES256).writePublicJwks(jwks);
        Map<String, String> edge = changed(
                "Deployment",
                "percolate-gateway",
                Map.of(
                        "GATEWAY_EDGE_PORT", "0",
                        "GATEWAY_EDGE_TLS_PORT", "0",
                        "GATEWAY_OPS_PORT", "0",
                        "GATEWAY_EDGE_DRAIN_DELAY", "0s",
                        "GATEWAY_EDGE_DRAIN_TIMEOUT", "1s",
                        "GATEWAY_OPS_ACCESS_LOG", "off",
                        "GATEWAY_JWKS_FILE", jwks.toString(),
                        "GATEWAY_JWT_HS256_SECRET", SHARED_SECRET,
                        "GATEWAY_WAKE_ROOM_WAIT", "1m"));
        edge.remove("GATEWAY_JWKS_URL");
        gateway = GatewayProcess.start(GatewayConfig.load(ConfigSource.of(edge)));
        Map<String, String> control = changed(
                "Deployment",
                "percolate-management",
                Map.of(
                        "GATEWAY_ADMIN_PORT", "0",
                        "GATEWAY_ADMIN_STOP_GRACE", "1s",
                        "GATEWAY_LIFECYCLE_INTERVAL", "200ms"));
        control.keySet().removeIf(key -> key.startsWith("GATEWAY_KUBERNETES_"));
        management = ManagementProcess.start(ManagementConfig.read(new ConfigReader(ConfigSource.of(control))));
        exported = series();
    }

    @AfterAll
    static void stop() {
        gateway.stop().block();
        management.close();
        pod.close();
        podDatabase.close().block();
        database.close();
        HTTP.close();
    }

    @Test
    void everyProbeFindsItsEndpoint() {
        Map<String, URI> addresses = Map.of(
                "percolate-gateway ops", ops(),
                "percolate-management api", api(),
                "percolate-tier-a http", pod.url(),
                "percolate-tier-b http", pod.url(),
                "percolate-tier-c http", pod.url());
        int probes = 0;
        for (ObjectNode workload : Tree.workloads(ENTRY)) {
            for (String kind : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                JsonNode probe = Tree.container(workload).path(kind).path("httpGet");
                if (probe.isMissingNode()) {
                    assertThat(workload.get("kind").stringValue()).isEqualTo("Job");
                    continue;
                }
                String port =
                        Kustomization.name(workload) + " " + probe.get("port").stringValue();
                URI address = Objects.requireNonNull(addresses.get(port), port);
                assertThat(get(address.resolve(probe.get("path").stringValue())).statusCode())
                        .as("%s of %s", kind, Kustomization.name(workload))
                        .isEqualTo(200);
                probes++;
            }
        }
        assertThat(probes).isEqualTo(15);
    }

    @Test
    void monitorsFindTheMetricsOfTheirServices() {
        Map<String, URI> addresses = Map.of("ops", ops(), "api", api());
        for (ObjectNode monitor : Tree.objects(ENTRY, "ServiceMonitor")) {
            List<ObjectNode> services = Tree.objects(ENTRY, "Service").stream()
                    .filter(service ->
                            Selector.matches(monitor.get("spec").get("selector"), Tree.labels(service.get("metadata"))))
                    .toList();
            assertThat(services).as(Kustomization.name(monitor)).hasSize(1);
            JsonNode endpoint = monitor.get("spec").get("endpoints").get(0);
            assertThat(services.getFirst().get("spec").findValuesAsString("name"))
                    .contains(endpoint.get("port").stringValue());
            URI address =
                    Objects.requireNonNull(addresses.get(endpoint.get("port").stringValue()));
            assertThat(get(address.resolve(endpoint.get("path").stringValue())).body())
                    .contains("# TYPE jvm_memory_used_bytes gauge");
        }
    }

    @Test
    void everyQueryOfDashboardsAndRulesAsksForWhatTheProcessesExport() {
        List<Query> queries = new ArrayList<>();
        Set<String> recorded = new HashSet<>();
        for (ObjectNode rules : Tree.objects(ENTRY, "PrometheusRule")) {
            rules.get("spec")
                    .get("groups")
                    .forEach(group -> group.get("rules").forEach(rule -> {
                        queries.add(Query.of(rule.get("expr").stringValue()));
                        if (rule.has("record")) {
                            recorded.add(rule.get("record").stringValue());
                        }
                    }));
        }
        int dashboards = 0;
        for (JsonNode dashboard :
                Tree.object(ENTRY, "ConfigMap", "percolate-dashboards").get("data")) {
            dashboards++;
            Yaml.json(dashboard.stringValue())
                    .findValuesAsString("expr")
                    .forEach(expression -> queries.add(Query.of(expression.replace("$tier", "A"))));
        }
        adapterQueries().forEach(text -> queries.add(Query.of(text)));

        assertThat(dashboards).isEqualTo(5);
        assertThat(queries).hasSizeGreaterThan(90);
        assertThat(queries.stream().flatMap(query -> problems(query, recorded).stream()))
                .isEmpty();
    }

    @Test
    void aQueryForWhatNobodyExportsIsFound() {
        assertThat(problems(
                        Query.of("sum by (tiers) (rate(router_requests_total{tier=\"D\"}[5m])) / no_such_total"),
                        Set.of()))
                .hasSize(3);
    }

    @Test
    void everyAlertNamesAPlaceOfTheRunbook() {
        List<String> places = Tree.objects(ENTRY, "PrometheusRule").stream()
                .flatMap(rules -> rules.findValuesAsString("runbook").stream())
                .toList();

        assertThat(places).hasSizeGreaterThan(20).allSatisfy(place -> {
            String[] parts = place.split("#", 2);
            assertThat(Yaml.text(Tree.ROOT.resolve(parts[0]))
                            .lines()
                            .filter(line -> line.startsWith("## "))
                            .map(line -> line.substring(3)
                                    .toLowerCase(Locale.ROOT)
                                    .replaceAll("[^a-z0-9 -]", "")
                                    .replace(' ', '-')))
                    .contains(parts[1]);
        });
    }

    private static List<String> problems(Query query, Set<String> recorded) {
        List<String> problems = new ArrayList<>();
        Set<String> labels = new HashSet<>(OF_TARGETS);
        for (Query.Selection selection : query.selections()) {
            if (recorded.contains(selection.metric())) {
                continue;
            }
            Map<String, Set<String>> known = exported.get(selection.metric());
            if (known == null) {
                problems.add("nobody exports " + selection.metric() + ": " + query.text());
                continue;
            }
            labels.addAll(known.keySet());
            for (Query.Match match : selection.matches()) {
                if (!known.containsKey(match.label()) && !OF_TARGETS.contains(match.label())) {
                    problems.add(selection.metric() + " has no label " + match.label() + ": " + query.text());
                } else if (known.containsKey(match.label())
                        && !match.isExclusion()
                        && Stream.concat(known.get(match.label()).stream(), possible(match.label()))
                                .noneMatch(match::isMetBy)) {
                    problems.add(match + " is met by nothing: " + query.text());
                }
            }
        }
        query.labels().stream()
                .filter(label -> !labels.contains(label))
                .forEach(label -> problems.add("nothing has the label " + label + ": " + query.text()));
        return problems;
    }

    /** Values that no request of this test has brought about. */
    private static Stream<String> possible(String label) {
        return switch (label) {
            case "tier" -> Stream.of("A", "B", "C");
            case "status" -> Stream.of("5xx");
            case "answered_by" ->
                Stream.of(AnsweredBy.values()).map(value -> value.name().toLowerCase(Locale.ROOT));
            case "kind" ->
                Stream.of(FailureKind.values()).map(value -> value.name().toLowerCase(Locale.ROOT));
            default -> Stream.empty();
        };
    }

    private static List<String> adapterQueries() {
        JsonNode rules = Yaml.object(Tree.K8S.resolve("monitoring/prometheus-adapter.yaml"))
                .get("rules")
                .get("custom");
        assertThat(rules).hasSize(1);
        JsonNode rule = rules.get(0);
        assertThat(rule.at("/name/as").stringValue()).isEqualTo("hot_tenants_count");
        return List.of(rule.get("seriesQuery").stringValue());
    }

    /** Has the processes do what makes them export all that they can. */
    private static Map<String, Map<String, Set<String>>> series() {
        TenantId hot = tenant("A");
        TenantId homeless = tenant("B");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(put(hot).join().statusCode()).isEqualTo(204));
        CompletableFuture<HttpResponse<String>> waiting = put(homeless);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(get(api().resolve("/metrics")).body())
                        .contains("wakes_without_room{", "hot_tenants_count{"));
        assertThat(HTTP.sendAsync(
                                HttpRequest.newBuilder(api().resolve("/v1/tenants/" + hot + "/evict"))
                                        .header("Authorization", "Bearer " + Environment.ADMIN_TOKEN)
                                        .POST(BodyPublishers.noBody())
                                        .build(),
                                BodyHandlers.ofString())
                        .join()
                        .statusCode())
                .isBetween(200, 409);
        Map<String, Map<String, Set<String>>> series = new HashMap<>();
        for (URI process : List.of(ops(), api())) {
            SERIES.matcher(get(process.resolve("/metrics")).body()).results().forEach(line -> {
                Map<String, Set<String>> labels = series.computeIfAbsent(line.group(1), name -> new HashMap<>());
                LABEL.matcher(Optional.ofNullable(line.group(2)).orElse(""))
                        .results()
                        .forEach(label -> labels.computeIfAbsent(label.group(1), name -> new HashSet<>())
                                .add(label.group(2)));
            });
        }
        waiting.cancel(true);
        return series;
    }

    private static TenantId tenant(String tier) {
        TenantId tenant = new TenantId(UUID.randomUUID());
        database.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                + "@example.com', '" + tier + "')");
        return tenant;
    }

    private static CompletableFuture<HttpResponse<String>> put(TenantId tenant) {
        String token = TokenSigner.of(new Secret(SHARED_SECRET), Clock.systemUTC())
                .sign(new TokenGrant(
                        tenant,
                        "tenant_id",
                        "test",
                        Optional.of("https://issuer.example.com"),
                        List.of("percolate"),
                        Duration.ofMinutes(10)));
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + gateway.edgeAddress().getPort() + "/kv/a"))
                        .header("Authorization", "Bearer " + token)
                        .PUT(BodyPublishers.ofString("kept"))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(URI uri) {
        return HTTP.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .join();
    }

    private static URI ops() {
        return URI.create("http://127.0.0.1:" + gateway.opsAddress().getPort());
    }

    private static URI api() {
        return URI.create("http://127.0.0.1:" + management.port());
    }

    /** The variables of the overlay, but for what this machine has otherwise. */
    private static Map<String, String> changed(String kind, String name, Map<String, String> changes) {
        Map<String, String> variables = Environment.local(ENTRY, Tree.object(ENTRY, kind, name), folder);
        variables.remove("MANAGEMENT_DB_URL_FILE");
        variables.remove("PERCOLATE_JAVA_OPTS");
        variables.putAll(Map.of(
                "MANAGEMENT_DB_URL", database.url(),
                "GATEWAY_DB_POOL_MIN", "0",
                // A machine that is busy with other tests is no outage.
                "GATEWAY_DB_CONNECT_TIMEOUT", "30s",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "30s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "30s"));
        variables.putAll(changes);
        return variables.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
