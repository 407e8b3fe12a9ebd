/** HTTP of the management API: routes, bodies, deadlines, and one place where failures become problem JSON. */
@NullMarked
package io.percolate.gateway.admin.http;

import org.jspecify.annotations.NullMarked;
