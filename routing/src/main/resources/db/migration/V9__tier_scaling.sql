-- What the cluster is doing for a tier, so that wakes without room know whether waiting pays; and which pods are a cluster's.

-- Written by the management process that has the work; what it says counts until valid_until, and nothing after.
CREATE TABLE tier_scaling (
    tier VARCHAR(10) NOT NULL CHECK (tier IN ('A', 'B', 'C')),
    region VARCHAR(32) NOT NULL,
    state VARCHAR(10) NOT NULL CHECK (state IN ('steady', 'growing', 'refused', 'shrinking')),
    refusal VARCHAR(32),                                -- why the tier cannot grow; of a closed set
    detail TEXT,                                        -- the cluster's own words, for operators
    client_text TEXT,                                   -- what clients are told
    retry_after_ms BIGINT,
    idle_since TIMESTAMPTZ,                             -- no tenant is hot, none waits, since
    valid_until TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (tier, region),
    CONSTRAINT refused_says_why CHECK (state <> 'refused' OR (refusal IS NOT NULL AND client_text IS NOT NULL))
);

ALTER TABLE pods ADD COLUMN workload VARCHAR(400);      -- namespace/kind/name of what made it; null outside a cluster
ALTER TABLE pods ADD COLUMN incarnation VARCHAR(63);    -- a StatefulSet's pod returns by the same name as another one
-- A pod that does not register itself: the management process asks it whether it is ready, and beats in its stead.
ALTER TABLE pods ADD COLUMN kept_by_cluster BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX idx_pods_workload ON pods(workload) WHERE workload IS NOT NULL;
