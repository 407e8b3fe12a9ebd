/** The gateway process: its configuration, its start, its end. */
@NullMarked
package io.percolate.gateway.proxy.main;

import org.jspecify.annotations.NullMarked;
