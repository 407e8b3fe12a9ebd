-- What the management processes do by themselves: who of them does it now, and which tenants are woken ahead.

-- Work of which the fleet needs one at a time. Whoever holds the lease does it; it expires with its holder.
CREATE TABLE work_leases (
    work VARCHAR(63) PRIMARY KEY,
    owner UUID NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL
);

-- A tenant that is to be hot at a time of day, on some days of the week, in its own time zone.
CREATE TABLE tenant_wake_schedules (
    tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
    wake_at TIME(0) NOT NULL,
    days SMALLINT NOT NULL CHECK (days BETWEEN 1 AND 127),  -- bit 0 is Monday
    time_zone VARCHAR(64) NOT NULL,
    next_wake_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_tenant_wake_schedules_next ON tenant_wake_schedules(next_wake_at);

-- The least recently used hot and warm tenants are found without reading the rest.
CREATE INDEX idx_tenant_states_idle ON tenant_states(state, last_access_at);
DROP INDEX idx_tenant_states_state;

-- Claims under way, few among very many tenants: what wakes wait for room, and what evictions make.
CREATE INDEX idx_tenant_states_claimed ON tenant_states(wake_lease_until) WHERE wake_owner IS NOT NULL;
COMMENT ON COLUMN tenant_states.wake_epoch IS
    'equals epoch while a wake keeps room in pod_id; -1 while an eviction holds the claim';
