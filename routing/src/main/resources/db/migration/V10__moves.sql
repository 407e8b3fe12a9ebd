-- Planned moves of tenants, one job a tenant; pods that were lost, and what is done about it; webhooks to be sent.

-- What somebody ordered: the tenants it selected have one row each in migration_jobs.
CREATE TABLE migrations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('tier', 'pod', 'shard', 'region', 'drain', 'rebalance')),
    target VARCHAR(255) NOT NULL,                       -- a tier, pod, shard or region; '*': any other pod
    pod_id VARCHAR(255) REFERENCES pods(id),            -- the pod that is drained
    status VARCHAR(20) NOT NULL DEFAULT 'running'
        CHECK (status IN ('running', 'paused', 'canceled', 'completed', 'failed')),
    note VARCHAR(500),
    requested_by VARCHAR(255),
    concurrency_max INTEGER NOT NULL CHECK (concurrency_max > 0),   -- jobs at the same time, across the fleet
    start_interval_ms BIGINT NOT NULL DEFAULT 0 CHECK (start_interval_ms >= 0),
    next_start_at TIMESTAMPTZ NOT NULL DEFAULT now(),   -- no job starts earlier
    hold_max_ms BIGINT NOT NULL CHECK (hold_max_ms > 0),
    skipped INTEGER NOT NULL DEFAULT 0,                 -- selected tenants that another order was moving
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    completed_at TIMESTAMPTZ,
    CONSTRAINT drain_has_a_pod CHECK ((kind = 'drain') = (pod_id IS NOT NULL))
);
CREATE INDEX idx_migrations_created ON migrations(created_at, id);
CREATE INDEX idx_migrations_open ON migrations(created_at) WHERE status IN ('running', 'paused');
CREATE UNIQUE INDEX idx_migrations_one_drain ON migrations(pod_id) WHERE status IN ('running', 'paused');
CREATE UNIQUE INDEX idx_migrations_one_rebalance ON migrations(kind)
    WHERE kind = 'rebalance' AND status IN ('running', 'paused');

ALTER TABLE migration_jobs
    ADD COLUMN migration_id UUID REFERENCES migrations(id) ON DELETE CASCADE,
    ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN retry_at TIMESTAMPTZ,                    -- not before
    ADD COLUMN reason VARCHAR(200),                     -- why just this tenant
    ADD COLUMN from_pod VARCHAR(255),
    ADD COLUMN to_pod VARCHAR(255),
    ADD COLUMN held_ms BIGINT;                          -- how long its requests waited at most
CREATE INDEX idx_migration_jobs_migration ON migration_jobs(migration_id, created_at, id);
CREATE INDEX idx_migration_jobs_due ON migration_jobs(migration_id, retry_at) WHERE status IN ('pending', 'running');

-- A pod whose heartbeat was late and that did not answer either. Any later heartbeat takes this back.
ALTER TABLE pods ADD COLUMN lost_at TIMESTAMPTZ;
-- When its copies of tenants were last compared with their rows; null: it is due.
ALTER TABLE pods ADD COLUMN reconciled_at TIMESTAMPTZ;

CREATE FUNCTION pods_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lost_at := NULL;
    NEW.reconciled_at := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER pods_return BEFORE UPDATE ON pods
    FOR EACH ROW
    WHEN (OLD.lost_at IS NOT NULL AND NEW.lost_at IS NOT DISTINCT FROM OLD.lost_at
        AND NEW.heartbeat_at > OLD.heartbeat_at)
    EXECUTE FUNCTION pods_return();

-- Tenants that are to be woken without anybody asking, since they were in a lost pod's memory.
CREATE TABLE lost_tenants (
    tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
    pod_id VARCHAR(255) NOT NULL REFERENCES pods(id),
    lost_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    attempts INTEGER NOT NULL DEFAULT 0,
    retry_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_lost_tenants_retry ON lost_tenants(retry_at);

-- While the tenant is hot, rocksdb_location holds its data as they were then, under that epoch.
ALTER TABLE tenant_states
    ADD COLUMN snapshot_epoch BIGINT,
    ADD COLUMN snapshot_at TIMESTAMPTZ;

-- Written with what they tell of, and deleted once they were taken.
CREATE TABLE webhook_deliveries (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    event VARCHAR(60) NOT NULL,
    payload JSONB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    given_up_at TIMESTAMPTZ,
    error_message TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries(next_at) WHERE given_up_at IS NULL;
CREATE INDEX idx_webhook_deliveries_created ON webhook_deliveries(created_at);

-- What the management processes tell those who watch: one JSON object, its member "event" first.
CREATE FUNCTION migration_jobs_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('percolate_moves', json_build_object(
        'event', 'migration.job', 'migration', NEW.migration_id, 'job', NEW.id, 'tenant', NEW.tenant_id,
        'kind', NEW.kind, 'status', NEW.status, 'step', NEW.step, 'attempts', NEW.attempts,
        'from_pod', NEW.from_pod, 'to_pod', NEW.to_pod, 'held_ms', NEW.held_ms,
        'error', left(NEW.error_message, 300))::text);
    RETURN NULL;
END $$;
CREATE TRIGGER migration_jobs_announce AFTER UPDATE ON migration_jobs
    FOR EACH ROW
    WHEN ((OLD.status, OLD.step, OLD.error_message) IS DISTINCT FROM (NEW.status, NEW.step, NEW.error_message))
    EXECUTE FUNCTION migration_jobs_announce();

CREATE FUNCTION migrations_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('percolate_moves', json_build_object(
        'event', 'migration.changed', 'migration', NEW.id, 'kind', NEW.kind, 'target', NEW.target,
        'pod', NEW.pod_id, 'status', NEW.status)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER migrations_announce_insert AFTER INSERT ON migrations
    FOR EACH ROW EXECUTE FUNCTION migrations_announce();
CREATE TRIGGER migrations_announce_update AFTER UPDATE ON migrations
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION migrations_announce();

CREATE FUNCTION pods_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('percolate_moves', json_build_object(
        'event', 'pod.changed', 'pod', NEW.id, 'tier', NEW.tier, 'region', NEW.region, 'status', NEW.status,
        'lost', NEW.lost_at IS NOT NULL)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER pods_announce_insert AFTER INSERT ON pods
    FOR EACH ROW EXECUTE FUNCTION pods_announce();
CREATE TRIGGER pods_announce_update AFTER UPDATE ON pods
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR (OLD.lost_at IS NULL) <> (NEW.lost_at IS NULL))
    EXECUTE FUNCTION pods_announce();
