package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.coldstart.PatientClient.Outcome;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Cold tenants that all come back within seconds, each with one write, while a pod is killed and comes back as a StatefulSet
 * would have it. Afterwards every write is read again, and every pod is asked whom it hosts.
 */
final class Storm {
    private static final Pattern PHASE = Pattern.compile("([a-z]+);dur=([0-9.]+)");
    private static final int READS_AT_ONCE = 64;
    private static final Duration POD_AWAY = Duration.ofSeconds(2);

    private final ColdStartRig rig;
    private final PatientClient client;

    Storm(ColdStartRig rig) {
        this.rig = rig;
        this.client = new PatientClient(rig);
    }

    /**
     * What came of it.
     *
     * @param unanswered requests that were never answered, in words
     * @param lost writes that were accepted and are not there, in words
     * @param twoHosts tenants that two pods would serve
     * @param overfull pods with more hot tenants than places
     * @param repeated why requests were sent again, and how often
     */
    record Result(
            List<Outcome> writes,
            List<String> unanswered,
            List<String> lost,
            List<String> twoHosts,
            List<String> overfull,
            Map<String, Long> repeated,
            Map<String, Durations> phases) {
        boolean isSound() {
            return unanswered.isEmpty() && lost.isEmpty() && twoHosts.isEmpty() && overfull.isEmpty();
        }
    }

    Result run(int count, Duration length, boolean killAPod) {
        List<TenantId> tenants = rig.newTenants(count, "C");
        long interval = length.toNanos() / count;
        long begin = System.nanoTime();
        String victim = rig.pods().keySet().stream().sorted().findFirst().orElseThrow();
        Thread trouble = Thread.ofPlatform().unstarted(() -> {
            LockSupport.parkNanos(length.toNanos() / 2);
            rig.kill(Objects.requireNonNull(rig.pods().get(victim)));
            LockSupport.parkNanos(POD_AWAY.toNanos());
            rig.restartPod(victim);
        });
        if (killAPod) {
            trouble.start();
        }
        List<CompletableFuture<Outcome>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long due = begin + i * interval;
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            TenantId tenant = tenants.get(i);
            sent.add(client.send(tenant, "PUT", "/kv/storm", tenant.toString()));
        }
        List<Outcome> writes = sent.stream().map(CompletableFuture::join).toList();
        join(trouble);
        Map<String, Long> repeated = client.repeated();
        List<String> lost = readAgain(writes);
        Map<String, List<String>> hosts = hosts();
        return new Result(
                writes,
                writes.stream()
                        .filter(write -> !write.isAnswered())
                        .map(write -> write.tenant() + ": " + write.status() + " " + write.body())
                        .toList(),
                lost,
                hosts.entrySet().stream()
                        .filter(host -> host.getValue().size() > 1)
                        .map(host -> host.getKey() + " in " + host.getValue())
                        .toList(),
                overfull(),
                repeated,
                phases(writes));
    }

    private List<String> readAgain(List<Outcome> writes) {
        Semaphore atOnce = new Semaphore(READS_AT_ONCE);
        List<CompletableFuture<Outcome>> reads = new ArrayList<>();
        for (Outcome write : writes) {
            atOnce.acquireUninterruptibly();
            reads.add(client.send(write.tenant(), "GET", "/kv/storm", "")
                    .whenComplete((read, error) -> atOnce.release()));
        }
        return reads.stream()
                .map(CompletableFuture::join)
                .filter(read -> !read.body().equals(read.tenant().toString()))
                .map(read -> read.tenant() + ": " + read.status() + " " + read.body())
                .toList();
    }

    /** Pods in whose memory a tenant is under the newest epoch that any pod knows of it. */
    private Map<String, List<String>> hosts() {
        Map<String, Long> newest = new HashMap<>();
        Map<String, List<String>> hosts = new HashMap<>();
        Map<String, JsonNode> all = new LinkedHashMap<>();
        rig.pods()
                .forEach((id, pod) -> all.put(
                        id, JsonMapper.shared().readTree(rig.get(pod.url().resolve("/internal/tenants")))));
        all.values()
                .forEach(pod -> pod.path("tenants")
                        .forEach(tenant -> newest.merge(
                                tenant.path("tenant").asString(),
                                tenant.path("epoch").longValue(),
                                Math::max)));
        all.forEach((id, pod) -> pod.path("tenants").forEach(tenant -> {
            String name = tenant.path("tenant").asString();
            if (tenant.path("state").asString().equals("hot")
                    && newest.getOrDefault(name, 0L) == tenant.path("epoch").longValue()) {
                hosts.computeIfAbsent(name, key -> new ArrayList<>()).add(id);
            }
        }));
        return hosts;
    }

    private List<String> overfull() {
        List<String> overfull = new ArrayList<>();
        rig.pods().forEach((id, pod) -> {
            JsonNode all = JsonMapper.shared().readTree(rig.get(pod.url().resolve("/internal/tenants")));
            if (all.path("hot").intValue() > all.path("capacity").intValue()) {
                overfull.add(id + ": " + all.path("hot") + " of " + all.path("capacity"));
            }
        });
        return overfull;
    }

    private static Map<String, Durations> phases(List<Outcome> writes) {
        List<Double> whole = new ArrayList<>();
        Map<String, List<Double>> millis = new LinkedHashMap<>();
        millis.put("whole", whole);
        for (String phase : List.of("queue", "place", "scale", "load", "probe")) {
            millis.put(phase, new ArrayList<>());
        }
        for (Outcome write : writes) {
            whole.add(write.nanos() / (double) TimeUnit.MILLISECONDS.toNanos(1));
            Matcher phase = PHASE.matcher(write.serverTiming());
            while (phase.find()) {
                millis.computeIfAbsent(phase.group(1), key -> new ArrayList<>())
                        .add(Double.parseDouble(phase.group(2)));
            }
        }
        Map<String, Durations> phases = new LinkedHashMap<>();
        millis.forEach((name, values) -> phases.put(name, Durations.of(name, values)));
        return phases;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }
}
