/** What gateways share through Redis, where there is one: routes and key sets that a restart finds again. */
@NullMarked
package io.percolate.gateway.routing.redis;

import org.jspecify.annotations.NullMarked;
