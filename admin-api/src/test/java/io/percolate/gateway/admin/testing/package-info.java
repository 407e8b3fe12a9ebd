/** A management process in the test's own JVM, and a client that holds it to its OpenAPI document. */
@NullMarked
package io.percolate.gateway.admin.testing;

import org.jspecify.annotations.NullMarked;
