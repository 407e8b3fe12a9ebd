/** Where each tenant lives: a cache over PostgreSQL that is told of every change. */
@NullMarked
package io.percolate.gateway.routing.directory;

import org.jspecify.annotations.NullMarked;
