-- News for the gateways' caches.
--
-- A route is spread over tenants, tenant_states and pods. Whatever routing reads of them moves the version of the
-- tenant's row in tenant_states, and each statement that moved versions sends them on the channel percolate_routes as
-- "<tenant>:<version>,...", in as few notifications as 8,000 bytes allow. PostgreSQL delivers at commit.
-- Who was not listening asks for `changed_xid >= X`, X being pg_snapshot_xmin of a moment when it was.

CREATE FUNCTION tenant_states_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := nextval('route_version_seq');
    NEW.changed_xid := pg_current_xact_id();
    NEW.updated_at := now();
    RETURN NEW;
END $$;

-- `version` itself is among the columns so that tenants and pods can ask for a bump by touching it.
CREATE TRIGGER tenant_states_bump BEFORE UPDATE ON tenant_states
    FOR EACH ROW
    WHEN ((OLD.state, OLD.pod_id, OLD.epoch, OLD.version) IS DISTINCT FROM (NEW.state, NEW.pod_id, NEW.epoch, NEW.version))
    EXECUTE FUNCTION tenant_states_bump();

CREATE FUNCTION notify_routes(tenants UUID[], versions BIGINT[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('percolate_routes', string_agg(t || ':' || v, ',' ORDER BY n))
    FROM unnest(tenants, versions) WITH ORDINALITY AS changed(t, v, n)
    GROUP BY (n - 1) / 120
$$;

CREATE FUNCTION tenant_states_notify_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed_tenants UUID[];
    changed_versions BIGINT[];
BEGIN
    SELECT array_agg(n.tenant_id), array_agg(n.version) INTO changed_tenants, changed_versions
    FROM new_rows n JOIN old_rows o USING (tenant_id) WHERE n.version <> o.version;
    IF changed_tenants IS NOT NULL THEN
        PERFORM notify_routes(changed_tenants, changed_versions);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_states_notify_update AFTER UPDATE ON tenant_states
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_states_notify_update();

CREATE FUNCTION tenant_states_notify_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed_tenants UUID[];
    changed_versions BIGINT[];
BEGIN
    SELECT array_agg(tenant_id), array_agg(version) INTO changed_tenants, changed_versions FROM new_rows;
    IF changed_tenants IS NOT NULL THEN
        PERFORM notify_routes(changed_tenants, changed_versions);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_states_notify_insert AFTER INSERT ON tenant_states
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_states_notify_insert();

CREATE FUNCTION tenant_states_bury() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    buried_tenants UUID[];
    buried_versions BIGINT[];
BEGIN
    WITH buried AS (
        INSERT INTO tenant_tombstones (tenant_id, version)
        SELECT tenant_id, nextval('route_version_seq') FROM old_rows
        ON CONFLICT (tenant_id) DO UPDATE
            SET version = EXCLUDED.version, changed_xid = EXCLUDED.changed_xid, deleted_at = now()
        RETURNING tenant_id, version)
    SELECT array_agg(tenant_id), array_agg(version) INTO buried_tenants, buried_versions FROM buried;
    IF buried_tenants IS NOT NULL THEN
        PERFORM notify_routes(buried_tenants, buried_versions);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_states_bury AFTER DELETE ON tenant_states
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_states_bury();

-- Every tenant has its state from the start.
CREATE FUNCTION tenants_state_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tenant_states (tenant_id) SELECT id FROM new_rows ON CONFLICT (tenant_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER tenants_state_insert AFTER INSERT ON tenants
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenants_state_insert();

CREATE FUNCTION tenants_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenant_states s SET version = s.version + 1
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE s.tenant_id = n.id
      AND (n.tier, n.status, n.security_mode, n.region, n.shard_id, n.schema_name)
          IS DISTINCT FROM (o.tier, o.status, o.security_mode, o.region, o.shard_id, o.schema_name);
    RETURN NULL;
END $$;
CREATE TRIGGER tenants_bump AFTER UPDATE ON tenants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenants_bump();

-- Limits travel with the route.
CREATE FUNCTION tenant_limits_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenant_states SET version = version + 1 WHERE tenant_id = COALESCE(NEW.tenant_id, OLD.tenant_id);
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_limits_bump AFTER INSERT OR UPDATE OR DELETE ON tenant_limits
    FOR EACH ROW EXECUTE FUNCTION tenant_limits_bump();

-- A pod that moved to another address takes its tenants' routes along.
CREATE FUNCTION pods_bump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenant_states s SET version = s.version + 1
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE s.pod_id = n.id AND (n.tier, n.host, n.port) IS DISTINCT FROM (o.tier, o.host, o.port);
    RETURN NULL;
END $$;
CREATE TRIGGER pods_bump AFTER UPDATE ON pods
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION pods_bump();

-- A flush travels whole, so that caches are flushed before PostgreSQL is asked anything; rows serve who was not listening.
-- "<id> <scope> <subject or -> <cache>,..."
CREATE FUNCTION cache_flushes_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'percolate_flushes',
        concat_ws(' ', NEW.id, NEW.scope, COALESCE(NEW.subject, '-'), array_to_string(NEW.caches, ',')));
    RETURN NULL;
END $$;
CREATE TRIGGER cache_flushes_notify AFTER INSERT ON cache_flushes
    FOR EACH ROW EXECUTE FUNCTION cache_flushes_notify();

CREATE FUNCTION cache_flush_confirmations_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('percolate_flush_confirmations', NEW.flush_id || ':' || NEW.gateway_id);
    RETURN NULL;
END $$;
CREATE TRIGGER cache_flush_confirmations_notify AFTER INSERT ON cache_flush_confirmations
    FOR EACH ROW EXECUTE FUNCTION cache_flush_confirmations_notify();

-- TRUNCATE fires no triggers of rows, so who truncates the tenants makes every gateway forget all of them.
CREATE FUNCTION tenant_states_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cache_flushes (scope, caches) VALUES ('all', '{routes,tokens,context}');
    RETURN NULL;
END $$;
CREATE TRIGGER tenant_states_truncated AFTER TRUNCATE ON tenant_states
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_states_truncated();
