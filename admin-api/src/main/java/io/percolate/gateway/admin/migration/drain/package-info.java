/** Pods that everybody leaves. */
@NullMarked
package io.percolate.gateway.admin.migration.drain;

import org.jspecify.annotations.NullMarked;
