/** What all clients of AWS services are given: whose credentials, which region. */
@NullMarked
package io.percolate.gateway.context.aws;

import org.jspecify.annotations.NullMarked;
