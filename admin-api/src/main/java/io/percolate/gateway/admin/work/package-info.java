/** Work that the management processes do by themselves, one of them at a time. */
@NullMarked
package io.percolate.gateway.admin.work;

import org.jspecify.annotations.NullMarked;
