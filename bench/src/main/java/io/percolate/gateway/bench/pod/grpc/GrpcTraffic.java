package io.percolate.gateway.bench.pod.grpc;

import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.testing.integration.TestServiceImpl;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The service that gRPC's interoperability tests call, as grpc-java has it, on streams of the pod's own server: so that a
 * call passes the same fence as any request of the tenant.
 */
public final class GrpcTraffic {
    private static final String GRPC = "application/grpc";

    private final Map<String, ServerMethodDefinition<?, ?>> methods;

    /** @param executor on which the service answers after the delays that a call asks for */
    public GrpcTraffic(ScheduledExecutorService executor) {
        ServerServiceDefinition service =
                ServerInterceptors.intercept(new TestServiceImpl(executor), TestServiceImpl.interceptors());
        methods = service.getMethods().stream()
                .collect(Collectors.toUnmodifiableMap(
                        method -> "/" + method.getMethodDescriptor().getFullMethodName(), method -> method));
    }

    public static boolean isCall(HttpServerRequest request) {
        return request.requestHeaders().get("content-type", "").startsWith(GRPC);
    }

    public Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        ServerMethodDefinition<?, ?> method = methods.get(request.uri());
        return method == null ? GrpcCall.unimplemented(request, response) : GrpcCall.answer(method, request, response);
    }
}
