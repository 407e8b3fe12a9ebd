/** The management process: configuration, assembly, routes, and its command line. */
@NullMarked
package io.percolate.gateway.admin.main;

import org.jspecify.annotations.NullMarked;
