-- What tenants have used: requests by month, for the quotas of plans.

-- Months are those of UTC, named by their first day. Written in batches by gateways; no trigger, for routing does not
-- read it.
CREATE TABLE tenant_usage (
    tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
    month DATE NOT NULL CHECK (extract(day FROM month) = 1),
    requests BIGINT NOT NULL CHECK (requests >= 0),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, month)
);

-- The last batch that each gateway has written, so that one whose answer was lost is not added twice.
CREATE TABLE tenant_usage_batches (
    gateway_id UUID PRIMARY KEY,
    batch BIGINT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_tenant_usage_batches_written ON tenant_usage_batches(written_at);
