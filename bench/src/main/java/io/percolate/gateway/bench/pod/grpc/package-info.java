/** gRPC's interop service on the pod's own port. */
@NullMarked
package io.percolate.gateway.bench.pod.grpc;

import org.jspecify.annotations.NullMarked;
