package io.percolate.gateway.proxy.engine.websocket;

/**
 * Which of the bits RSV1 to RSV3 frames may have, by what was negotiated (RFC 6455, section 5.2); each as in a frame's
 * first byte.
 */
enum RsvBits {
    NONE(0, 0, 0),
    /** RSV1 on the first frame of a message only (RFC 7692, section 6). */
    PERMESSAGE_DEFLATE(0x40, 0, 0),
    /** An extension we do not know, which may give them any meaning. */
    ANY(0x70, 0x70, 0x70);

    private final int first;
    private final int continuation;
    private final int control;

    RsvBits(int first, int continuation, int control) {
        this.first = first;
        this.continuation = continuation;
        this.control = control;
    }

    boolean allow(int firstByte, Opcode opcode) {
        int allowed = opcode.isControl() ? control : opcode == Opcode.CONTINUATION ? continuation : first;
        return (firstByte & 0x70 & ~allowed) == 0;
    }
}
