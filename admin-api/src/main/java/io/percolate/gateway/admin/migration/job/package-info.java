/** The workers that carry out the jobs of migrations, whichever process they are in. */
@NullMarked
package io.percolate.gateway.admin.migration.job;

import org.jspecify.annotations.NullMarked;
