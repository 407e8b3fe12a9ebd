/** The contract of a tier pod, docs/pod-contract.yaml, from the pod's side: its calls, what they come to, and how that is told. */
@NullMarked
package io.percolate.gateway.proxy.pod;

import org.jspecify.annotations.NullMarked;
