/** What keeps one pod's trouble from its neighbours: deadlines, retries, ejection, health and limits of pods. */
@NullMarked
package io.percolate.gateway.proxy.resilience;

import org.jspecify.annotations.NullMarked;
