package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How the pods of one tier are spoken to. Safe for use from any thread. */
record PodProtocol(PodWire wire) {
    /** Puts what encrypts into a channel that has nothing else yet. */
    void secure(Channel channel, PodAddress address) {
    }

    /** Tells, now or later, that a channel's peer is proven to be the pod, with null; or why not. */
    void whenSecure(Channel channel, Consumer<@Nullable Throwable> told) {
        told.accept(null);
    }
}
