/** What happened, told to a server of the operator's choice: signed, and repeated until it was taken. */
@NullMarked
package io.percolate.gateway.admin.webhook;

import org.jspecify.annotations.NullMarked;
