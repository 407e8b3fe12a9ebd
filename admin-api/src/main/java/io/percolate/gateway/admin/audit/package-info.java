/** Who changed what, when and from where: one row for every change, in the transaction of the change. */
@NullMarked
package io.percolate.gateway.admin.audit;

import org.jspecify.annotations.NullMarked;
