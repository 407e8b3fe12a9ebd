-- The newest epoch under which each tenant's context was written, so that an older blob that somebody puts back into the
-- bucket is not taken for the present one. Noted after each write; to put an older context back on purpose, delete the row.
CREATE TABLE tenant_contexts (
    tenant_id UUID PRIMARY KEY REFERENCES tenants(id) ON DELETE CASCADE,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    written_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- What a rotation of the key-encryption key still has to wrap anew.
CREATE INDEX tenant_keys_by_wrapping ON tenant_keys (key_encryption_key, tenant_id);
