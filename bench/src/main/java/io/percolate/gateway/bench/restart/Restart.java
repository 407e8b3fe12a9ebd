package io.percolate.gateway.bench.restart;

/**
 * One gateway that was replaced.
 *
 * @param endSeconds from SIGTERM to the end of the process
 * @param exitStatus of it; 143 is that of a Java VM that ended for SIGTERM
 * @param startSeconds from there until its successor said that it is ready
 */
record Restart(String gateway, double endSeconds, int exitStatus, double startSeconds) {}
