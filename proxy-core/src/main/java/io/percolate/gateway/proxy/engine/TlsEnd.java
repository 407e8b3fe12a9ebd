package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/** How connections end that may be secured by TLS, where an end without close_notify tells of a truncation. */
final class TlsEnd {
    private TlsEnd() {}

    /** Says that nothing more comes, by close_notify too where there is TLS; what comes from the client is still read. */
    static void shutdownOutput(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            shutdown(channel);
        } else {
            tls.closeOutbound().addListener(told -> shutdown(channel));
        }
    }

    /** Closes so that nobody can take it for the proper end of what was sent. */
    static void closeWithoutNotice(Channel channel) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.close();
        } else {
            // From here it goes towards the socket, past the handler that would say close_notify.
            tls.close();
        }
    }

    private static void shutdown(Channel channel) {
        if (channel.isActive() && channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        }
    }
}
