-- The management schema: tenants, where they live, and what is done with them.
-- The tables of people and money come first, then placement, then the mechanisms of the fleet.

-- Which builds this schema serves: a migration that breaks older ones raises oldest_build to its own number.
CREATE TABLE schema_compatibility (
    only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    oldest_build INTEGER NOT NULL
);
INSERT INTO schema_compatibility (oldest_build) VALUES (1);

-- Regions and shards -------------------------------------------------------------------------------------------------

CREATE TABLE regions (
    id VARCHAR(32) PRIMARY KEY,
    gateway_url TEXT,                                   -- where another region's gateway reaches this one
    replica_region VARCHAR(32) REFERENCES regions(id),  -- takes over when this region is told to fail over
    failed_over BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO regions (id) VALUES ('default');

CREATE TABLE shards (
    id VARCHAR(63) PRIMARY KEY,
    shard_group VARCHAR(63) NOT NULL,
    weight DOUBLE PRECISION NOT NULL DEFAULT 1 CHECK (weight > 0),
    status VARCHAR(20) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'draining', 'retired')),
    region VARCHAR(32) NOT NULL DEFAULT 'default' REFERENCES regions(id),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_shards_group ON shards(shard_group);

-- Tenants and their people -------------------------------------------------------------------------------------------

CREATE TABLE tenants (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email VARCHAR(255) NOT NULL UNIQUE,
    name VARCHAR(255),
    tier VARCHAR(10) NOT NULL CHECK (tier IN ('A', 'B', 'C')),
    status VARCHAR(20) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
    security_mode VARCHAR(20) NOT NULL DEFAULT 'node_based',
    region VARCHAR(32) NOT NULL DEFAULT 'default' REFERENCES regions(id),
    shard_id VARCHAR(63) REFERENCES shards(id),         -- pinned to this shard; null: by hash
    schema_name VARCHAR(63) UNIQUE,                     -- the tenant's own PostgreSQL schema, if it has one
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT valid_security_mode CHECK (security_mode IN ('node_based', 'mobile_only'))
);
CREATE INDEX idx_tenants_tier ON tenants(tier);
CREATE INDEX idx_tenants_status ON tenants(status);
CREATE INDEX idx_tenants_email ON tenants(email);
CREATE INDEX idx_tenants_created ON tenants(created_at, id);

CREATE TABLE devices (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
    device_name VARCHAR(255) NOT NULL,
    platform VARCHAR(50) CHECK (platform IN ('ios', 'android', 'macos', 'linux', 'web')),
    public_key_signing TEXT NOT NULL,
    public_key_encryption TEXT NOT NULL,
    last_seen_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_devices_tenant ON devices(tenant_id);
CREATE INDEX idx_devices_last_seen ON devices(last_seen_at);

CREATE TABLE tenant_limits (
    tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
    requests_per_second INTEGER CHECK (requests_per_second > 0),
    burst INTEGER CHECK (burst > 0),
    concurrent_requests INTEGER CHECK (concurrent_requests > 0),
    body_bytes_max BIGINT CHECK (body_bytes_max >= 0),
    bandwidth_bytes_per_second BIGINT CHECK (bandwidth_bytes_per_second > 0),
    websockets_max INTEGER CHECK (websockets_max >= 0),
    requests_per_month BIGINT CHECK (requests_per_month >= 0),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Data keys of a tenant, each a Tink keyset wrapped by a key-encryption key; the newest unretired one seals.
CREATE TABLE tenant_keys (
    tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
    key_version INTEGER NOT NULL CHECK (key_version > 0),
    key_encryption_key VARCHAR(255) NOT NULL,           -- name of the key that wraps it
    wrapped_keyset BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    retired_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, key_version)
);

-- Billing ------------------------------------------------------------------------------------------------------------

CREATE TABLE subscriptions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
    tier VARCHAR(10) NOT NULL CHECK (tier IN ('A', 'B', 'C')),
    status VARCHAR(20) NOT NULL CHECK (status IN ('active', 'canceled', 'past_due', 'trialing')),
    stripe_customer_id VARCHAR(255),
    stripe_subscription_id VARCHAR(255),
    current_period_start TIMESTAMPTZ,
    current_period_end TIMESTAMPTZ,
    cancel_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_subscriptions_tenant ON subscriptions(tenant_id);
CREATE INDEX idx_subscriptions_status ON subscriptions(status);
CREATE INDEX idx_subscriptions_stripe ON subscriptions(stripe_subscription_id);

CREATE TABLE billing_events (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id),
    event_type VARCHAR(50) NOT NULL,
    stripe_event_id VARCHAR(255) UNIQUE,
    amount_cents INTEGER,
    currency VARCHAR(3) DEFAULT 'USD',
    metadata JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_billing_events_tenant ON billing_events(tenant_id);
CREATE INDEX idx_billing_events_type ON billing_events(event_type);

-- Pods and where tenants live ----------------------------------------------------------------------------------------

-- A pod registers itself, beats every few seconds and is alive while its last beat is young.
CREATE TABLE pods (
    id VARCHAR(255) PRIMARY KEY,
    tier VARCHAR(10) NOT NULL CHECK (tier IN ('A', 'B', 'C')),
    host VARCHAR(255) NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    region VARCHAR(32) NOT NULL DEFAULT 'default' REFERENCES regions(id),
    shard_id VARCHAR(63) REFERENCES shards(id),
    version_label VARCHAR(63),
    capacity INTEGER NOT NULL CHECK (capacity > 0),     -- hot tenants at most
    status VARCHAR(20) NOT NULL DEFAULT 'ready' CHECK (status IN ('starting', 'ready', 'draining', 'gone')),
    memory_mb INTEGER,
    registered_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    heartbeat_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_pods_tier ON pods(tier, status);

CREATE SEQUENCE route_version_seq;

-- One row a tenant, made with it. `version` and `changed_xid` move with every change that routing reads, here or in
-- tenants and pods; columns of activity never move them.
CREATE TABLE tenant_states (
    tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
    state VARCHAR(10) NOT NULL DEFAULT 'cold' CHECK (state IN ('hot', 'warm', 'cold', 'archived', 'moving')),
    pod_id VARCHAR(255) REFERENCES pods(id),            -- hosts it (hot), keeps its disk (warm), or chosen by a wake
    tier_deployment VARCHAR(10),                        -- tier-a, tier-b, tier-c
    epoch BIGINT NOT NULL DEFAULT 0,                    -- +1 at each assignment: the fencing token
    last_access_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_eviction_at TIMESTAMPTZ,
    memory_mb INTEGER,
    data_size_mb INTEGER,
    rocksdb_location TEXT,                              -- where its data lies while no pod has it: an S3 URL
    source_pod_id VARCHAR(255) REFERENCES pods(id),     -- its disk has the newest data until pod_id has loaded it
    wake_owner UUID,                                    -- the process that holds the claim
    wake_lease_until TIMESTAMPTZ,                       -- by this database's clock
    wake_epoch BIGINT,                                  -- equals epoch while the claim keeps room in pod_id
    wake_failures INTEGER NOT NULL DEFAULT 0,           -- in a row
    wake_retry_at TIMESTAMPTZ,                          -- not before
    wake_error TEXT,
    version BIGINT NOT NULL DEFAULT nextval('route_version_seq'),
    changed_xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT hot_has_a_pod CHECK (state <> 'hot' OR (pod_id IS NOT NULL AND epoch > 0))
);
CREATE INDEX idx_tenant_states_state ON tenant_states(state);
CREATE INDEX idx_tenant_states_last_access ON tenant_states(last_access_at);
CREATE INDEX idx_tenant_states_pod ON tenant_states(pod_id);
CREATE INDEX idx_tenant_states_changed ON tenant_states(changed_xid);

-- Tenants whose rows are gone, so that who was not listening learns of it.
CREATE TABLE tenant_tombstones (
    tenant_id UUID PRIMARY KEY,
    version BIGINT NOT NULL,
    changed_xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    deleted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_tenant_tombstones_changed ON tenant_tombstones(changed_xid);

-- Work on tenants ----------------------------------------------------------------------------------------------------

CREATE TABLE archival_jobs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id),
    job_type VARCHAR(50) NOT NULL CHECK (job_type IN ('archive', 'restore', 'backup')),
    status VARCHAR(20) NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    s3_bucket VARCHAR(255),
    s3_key TEXT,
    data_size_mb INTEGER,
    compression VARCHAR(20) DEFAULT 'zstd',
    encryption_mode VARCHAR(20) DEFAULT 'tenant_key',
    error_message TEXT,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_archival_jobs_tenant ON archival_jobs(tenant_id);
CREATE INDEX idx_archival_jobs_status ON archival_jobs(status);
CREATE INDEX idx_archival_jobs_created ON archival_jobs(created_at);

CREATE TABLE migration_jobs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id),
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('tier', 'pod', 'shard', 'region')),
    source VARCHAR(255) NOT NULL,
    target VARCHAR(255) NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'paused', 'completed', 'failed', 'canceled')),
    step VARCHAR(40) NOT NULL DEFAULT 'start',
    epoch BIGINT,
    error_message TEXT,
    version BIGINT NOT NULL DEFAULT 1,
    lease_owner UUID,
    lease_until TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_migration_jobs_tenant ON migration_jobs(tenant_id);
CREATE INDEX idx_migration_jobs_status ON migration_jobs(status, created_at);
CREATE UNIQUE INDEX idx_migration_jobs_one_open ON migration_jobs(tenant_id)
    WHERE status IN ('pending', 'running', 'paused');

CREATE TABLE tenant_metrics (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID NOT NULL REFERENCES tenants(id),
    metric_name VARCHAR(100) NOT NULL,
    metric_value NUMERIC NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_tenant_metrics_tenant_time ON tenant_metrics(tenant_id, recorded_at DESC);
CREATE INDEX idx_tenant_metrics_name ON tenant_metrics(metric_name);

CREATE TABLE audit_log (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id UUID REFERENCES tenants(id) ON DELETE SET NULL,
    user_id UUID,
    actor VARCHAR(255),                                 -- name of the admin token, or of the process
    action VARCHAR(100) NOT NULL,
    resource_type VARCHAR(50),
    resource_id UUID,
    metadata JSONB,
    ip_address INET,
    user_agent TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_audit_log_tenant ON audit_log(tenant_id);
CREATE INDEX idx_audit_log_action ON audit_log(action);
CREATE INDEX idx_audit_log_created ON audit_log(created_at DESC);

CREATE TABLE idempotency_keys (
    key VARCHAR(255) PRIMARY KEY,
    request_digest BYTEA NOT NULL,
    response_status INTEGER,
    response_body JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_idempotency_keys_created ON idempotency_keys(created_at);

-- The fleet: gateways, and flushes of their caches ---------------------------------------------------------------------

CREATE TABLE gateways (
    id UUID PRIMARY KEY,
    host VARCHAR(255) NOT NULL,
    ops_port INTEGER NOT NULL,
    version_label VARCHAR(63),
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    heartbeat_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE cache_flushes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope VARCHAR(10) NOT NULL CHECK (scope IN ('tenant', 'tier', 'all')),
    subject VARCHAR(36),                                -- the tenant's id or the tier; null for all
    caches VARCHAR(20)[] NOT NULL,
    changed_xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT scope_has_its_subject CHECK ((scope = 'all') = (subject IS NULL))
);

CREATE TABLE cache_flush_confirmations (
    flush_id BIGINT NOT NULL REFERENCES cache_flushes(id) ON DELETE CASCADE,
    gateway_id UUID NOT NULL REFERENCES gateways(id) ON DELETE CASCADE,
    entries BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (flush_id, gateway_id)
);
