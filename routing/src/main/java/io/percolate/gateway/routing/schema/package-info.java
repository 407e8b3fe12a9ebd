/** The management schema and the version this build needs. */
@NullMarked
package io.percolate.gateway.routing.schema;

import org.jspecify.annotations.NullMarked;
