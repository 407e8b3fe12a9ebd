/** Bringing the management schema up to this build's version. */
@NullMarked
package io.percolate.gateway.admin.schema;

import org.jspecify.annotations.NullMarked;
