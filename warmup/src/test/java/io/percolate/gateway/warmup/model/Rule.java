package io.percolate.gateway.warmup.model;

/** A rule of the protocol; the model is explored with all of them, and with one left out. */
enum Rule {
    /** Each assignment raises the epoch. */
    EPOCH_RISES_WITH_ASSIGNMENT,
    /** A pod serves a request only under exactly its own epoch. */
    POD_REFUSES_OTHER_EPOCHS,
    /** A pod loads a tenant under no older epoch than it has seen. */
    POD_REFUSES_OLD_LOADS,
    /** Who assigns must hold the claim, at the epoch that it has read. */
    ASSIGNMENT_CHECKS_THE_CLAIM,
    /** Who publishes must have assigned under the present epoch. */
    PUBLICATION_CHECKS_THE_EPOCH,
    /** The row names the pod that has the newest data until another one has loaded them. */
    SOURCE_IS_REMEMBERED,
    /** The old copy is dropped only once the new one is published. */
    PURGE_COMES_LAST,
    /** A tenant that becomes cold gets a new epoch, under which its old copy is dropped. */
    EPOCH_RISES_WITH_COLD,
    /** A snapshot is stored under the epoch of its data, so that none is written over a newer one. */
    SNAPSHOTS_BY_EPOCH
}
