-- Marks by which a process knows how far behind a read replica is: it writes 1, 2, 3, ... here, and a snapshot of a
-- replica that shows mark k holds every transaction that was committed before the writing of k began. Rows of processes
-- that are gone are swept after a day.
CREATE TABLE replica_marks (
    process UUID PRIMARY KEY,
    mark BIGINT NOT NULL CHECK (mark > 0),
    written_at TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
