package io.percolate.gateway.proxy.sidecar.host;

import org.jspecify.annotations.Nullable;

/** Whether the application has a tenant, as far as its sidecar told it to. */
sealed interface Residence {
    /** @param error why the last load failed; null where none did */
    record AtRest(@Nullable String error) implements Residence {}

    record Loading(long epoch) implements Residence {}

    record Hot(long epoch) implements Residence {}

    /** Its data are being written out, copied or replaced: no request enters, no other call begins. */
    record Leaving(long epoch) implements Residence {}

    /** Without a load that failed. */
    AtRest STILL = new AtRest(null);
}
