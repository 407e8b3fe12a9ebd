/** What a tenant is answered from while it is cold, as a whole: configured and put together. */
@NullMarked
package io.percolate.gateway.context;

import org.jspecify.annotations.NullMarked;
