-- News of routes once a transaction, in fewer bytes, and an index that finds what was missed page by page.

-- Builds made for version 2 do not understand the shorter items.
UPDATE schema_compatibility SET oldest_build = 3;

-- Catching up reads (changed_xid, tenant_id) in order: one transaction may have changed 100,000 rows.
CREATE INDEX idx_tenant_states_news ON tenant_states(changed_xid, tenant_id);
DROP INDEX idx_tenant_states_changed;
CREATE INDEX idx_tenant_tombstones_news ON tenant_tombstones(changed_xid, tenant_id);
DROP INDEX idx_tenant_tombstones_changed;

DROP TRIGGER tenant_states_notify_update ON tenant_states;
DROP TRIGGER tenant_states_notify_insert ON tenant_states;
DROP FUNCTION tenant_states_notify_update();
DROP FUNCTION tenant_states_notify_insert();
DROP FUNCTION notify_routes(UUID[], BIGINT[]);

-- An item of the news: the tenant's id in 22 characters of base64url, a colon, its version.
CREATE FUNCTION route_news_item(tenant UUID, version BIGINT) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(rtrim(encode(uuid_send(tenant), 'base64'), '='), '+/', '-_') || ':' || version
$$;

-- Runs when the transaction commits, for every row that it changed; the first one tells of them all, the rest find that
-- they have been told. `SET CONSTRAINTS ... IMMEDIATE` makes it run earlier, so what is told is remembered as a version,
-- which later changes are above; a savepoint that is rolled back takes this memory with its news.
-- 180 items stay below the 8,000 bytes of a notification with versions of any length.
CREATE FUNCTION routes_announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told BIGINT := COALESCE(NULLIF(current_setting('percolate.routes_told', TRUE), '')::BIGINT, 0);
    newest BIGINT;
    sent BIGINT;
BEGIN
    IF NEW.version <= told THEN
        RETURN NULL;
    END IF;
    SELECT max(part.newest), count(part.queued) INTO newest, sent
    FROM (
        SELECT max(version) AS newest,
               pg_notify('percolate_routes', string_agg(route_news_item(tenant_id, version), ','))::text AS queued
        FROM (
            SELECT tenant_id, max(version) AS version, row_number() OVER () AS n
            FROM (
                SELECT tenant_id, version FROM tenant_states
                WHERE changed_xid = pg_current_xact_id() AND version > told
                UNION ALL
                SELECT tenant_id, version FROM tenant_tombstones
                WHERE changed_xid = pg_current_xact_id() AND version > told) AS changed
            GROUP BY tenant_id) AS numbered
        GROUP BY (n - 1) / 180) AS part;
    PERFORM set_config('percolate.routes_told', GREATEST(newest, NEW.version)::text, TRUE);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER tenant_states_announce_insert AFTER INSERT ON tenant_states
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION routes_announce();
CREATE CONSTRAINT TRIGGER tenant_states_announce_update AFTER UPDATE ON tenant_states
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION routes_announce();
CREATE CONSTRAINT TRIGGER tenant_tombstones_announce AFTER INSERT OR UPDATE ON tenant_tombstones
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION routes_announce();

CREATE OR REPLACE FUNCTION tenant_states_bury() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tenant_tombstones (tenant_id, version)
    SELECT tenant_id, nextval('route_version_seq') FROM old_rows
    ON CONFLICT (tenant_id) DO UPDATE
        SET version = EXCLUDED.version, changed_xid = EXCLUDED.changed_xid, deleted_at = now();
    RETURN NULL;
END $$;

-- Limits of many tenants at once move their versions in one statement.
DROP TRIGGER tenant_limits_bump ON tenant_limits;
DROP FUNCTION tenant_limits_bump();
CREATE FUNCTION tenant_limits_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenant_states SET version = version + 1 WHERE tenant_id IN (SELECT tenant_id FROM changed_rows);
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_limits_bump_insert AFTER INSERT ON tenant_limits
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION tenant_limits_bump();
CREATE TRIGGER tenant_limits_bump_update AFTER UPDATE ON tenant_limits
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION tenant_limits_bump();
CREATE TRIGGER tenant_limits_bump_delete AFTER DELETE ON tenant_limits
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION tenant_limits_bump();
