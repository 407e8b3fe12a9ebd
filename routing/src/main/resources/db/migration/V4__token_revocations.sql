-- Tokens that are refused before their time: one token by its jti, or all of a session by its sid.
--
-- A row is of use until the last token that it speaks of has expired; then it is swept by later revocations.
CREATE TABLE token_revocations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('token', 'session')),
    value VARCHAR(255) NOT NULL CHECK (value <> '' AND value !~ '[[:cntrl:]]'),
    issuer VARCHAR(512) NOT NULL DEFAULT '' CHECK (issuer !~ '[[:cntrl:]]'),  -- the iss; empty: whoever issued it
    reason VARCHAR(255),
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT token_revocations_once UNIQUE (kind, value, issuer)
);
CREATE INDEX idx_token_revocations_expires ON token_revocations(expires_at);
CREATE INDEX idx_token_revocations_created ON token_revocations(created_at, id);

-- A revocation travels whole, so that gateways act on it before PostgreSQL is asked anything. Lines, since no value has
-- a control character: "add" or "lift", kind, milliseconds of its end, issuer, value.
CREATE FUNCTION token_revocations_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r token_revocations%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
    PERFORM pg_notify(
        'percolate_revocations',
        concat_ws(
            E'\n', CASE TG_OP WHEN 'DELETE' THEN 'lift' ELSE 'add' END, r.kind,
            (EXTRACT(EPOCH FROM r.expires_at) * 1000)::bigint, r.issuer, r.value));
    RETURN NULL;
END $$;
CREATE TRIGGER token_revocations_notify AFTER INSERT OR UPDATE ON token_revocations
    FOR EACH ROW EXECUTE FUNCTION token_revocations_notify();
-- Those that have ended by themselves are nobody's news.
CREATE TRIGGER token_revocations_notify_lifted AFTER DELETE ON token_revocations
    FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION token_revocations_notify();
