/** What generator services say, read as words, however it comes. */
@NullMarked
package io.percolate.gateway.proxy.generate.words;

import org.jspecify.annotations.NullMarked;
