package io.percolate.gateway.bench.pod.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Codec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcMessagesTest {
    private static final int TOO_LONG = (16 << 20) + 1;

    private final GrpcMessages messages = new GrpcMessages("gzip");

    @AfterEach
    void release() {
        messages.release();
    }

    private static ByteBuf framed(byte[] message, boolean compressed) {
        return GrpcMessages.framed(new ByteArrayInputStream(message), compressed ? new Codec.Gzip() : null);
    }

    private static ByteBuf prefix(int flag, int length) {
        return Unpooled.buffer().writeByte(flag).writeInt(length);
    }

    private static void assertStatus(Throwable thrown, Status.Code expected) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(expected));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void messagesAreTakenOutOfWhateverPartsTheyComeIn(boolean compressed) throws IOException {
        ByteBuf both = Unpooled.wrappedBuffer(
                framed("first".getBytes(StandardCharsets.UTF_8), compressed), framed(new byte[0], compressed));

        StringBuilder taken = new StringBuilder();
        while (both.isReadable()) {
            messages.append(both.readSlice(1));
            while (messages.hasNext()) {
                taken.append(new String(messages.next().readAllBytes(), StandardCharsets.UTF_8))
                        .append('|');
            }
        }

        assertThat(taken).hasToString("first||");
        messages.ended();
    }

    @Test
    void anEndWithinAMessageIsAFault() {
        messages.append(prefix(0, 9).writeByte('a'));

        assertThat(messages.hasNext()).isFalse();
        assertThatThrownBy(messages::ended).satisfies(thrown -> assertStatus(thrown, Status.Code.INTERNAL));
    }

    @ParameterizedTest
    @ValueSource(ints = {TOO_LONG, Integer.MAX_VALUE, -1})
    void aMessageThatWouldBeTooLongIsRefusedByItsPrefix(int length) {
        messages.append(prefix(0, length));

        assertThatThrownBy(messages::hasNext).satisfies(thrown -> assertStatus(thrown, Status.Code.RESOURCE_EXHAUSTED));
    }

    @Test
    void aMessageThatGrowsTooLongIsRefused() {
        messages.append(framed(new byte[TOO_LONG], true));

        assertThat(messages.hasNext()).isTrue();
        assertThatThrownBy(messages::next).satisfies(thrown -> assertStatus(thrown, Status.Code.RESOURCE_EXHAUSTED));
    }

    @Test
    void anotherFlagThanWhetherItIsCompressedIsAFault() {
        messages.append(prefix(2, 0));

        assertThatThrownBy(messages::next).satisfies(thrown -> assertStatus(thrown, Status.Code.INTERNAL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "unheard-of"})
    void aMessageCompressedInAnUnknownWayIsNotImplemented(String encoding) {
        GrpcMessages unknown = new GrpcMessages(encoding);
        unknown.append(framed(new byte[9], true));

        assertThatThrownBy(unknown::next).satisfies(thrown -> assertStatus(thrown, Status.Code.UNIMPLEMENTED));
        unknown.release();
    }
}
