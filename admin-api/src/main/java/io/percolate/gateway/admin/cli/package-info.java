/** The operator's commands: schema, tokens, context blobs. */
@NullMarked
package io.percolate.gateway.admin.cli;

import org.jspecify.annotations.NullMarked;
