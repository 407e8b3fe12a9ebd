/** Keys, certificates and trust from files that may change while the process runs, and TLS made of them. */
@NullMarked
package io.percolate.gateway.proxy.engine.tls;

import org.jspecify.annotations.NullMarked;
