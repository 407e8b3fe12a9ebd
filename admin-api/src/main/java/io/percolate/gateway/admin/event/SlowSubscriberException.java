package io.percolate.gateway.admin.event;

/** Cuts off a stream that was not read fast enough. */
final class SlowSubscriberException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SlowSubscriberException() {
        super("the subscriber left " + ChangeFeed.QUEUE_MAX + " events unread", null, false, false);
    }
}
