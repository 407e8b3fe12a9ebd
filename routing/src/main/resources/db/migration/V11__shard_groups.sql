-- Groups of shards with their generations, and news of what gateways keep of the topology: shards, their pods, regions.

CREATE TABLE shard_groups (
    id VARCHAR(63) PRIMARY KEY,
    tier VARCHAR(10) UNIQUE CHECK (tier IN ('A', 'B', 'C')),    -- whose tenants are spread over its shards, if any
    generation BIGINT NOT NULL DEFAULT 1,                       -- +1 with each change of what keys map to
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO shard_groups (id) SELECT DISTINCT shard_group FROM shards;

-- A group is made with its first shard.
CREATE FUNCTION shards_group_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shard_groups (id, generation) VALUES (NEW.shard_group, 0) ON CONFLICT (id) DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER shards_group_made BEFORE INSERT OR UPDATE OF shard_group ON shards
    FOR EACH ROW EXECUTE FUNCTION shards_group_made();
ALTER TABLE shards ADD CONSTRAINT shards_group_known FOREIGN KEY (shard_group) REFERENCES shard_groups(id);

CREATE FUNCTION topology_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('percolate_topology', TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE FUNCTION shards_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shard_groups SET generation = generation + 1, updated_at = now()
    WHERE id = COALESCE(NEW.shard_group, OLD.shard_group) OR id = COALESCE(OLD.shard_group, NEW.shard_group);
    RETURN NULL;
END $$;
CREATE TRIGGER shards_generation_made AFTER INSERT OR DELETE ON shards
    FOR EACH ROW EXECUTE FUNCTION shards_generation();
CREATE TRIGGER shards_generation_changed AFTER UPDATE ON shards
    FOR EACH ROW WHEN ((OLD.shard_group, OLD.weight, OLD.status, OLD.region)
        IS DISTINCT FROM (NEW.shard_group, NEW.weight, NEW.status, NEW.region))
    EXECUTE FUNCTION shards_generation();

-- Each change of a shard changes its group's generation, which announces it.
CREATE TRIGGER shard_groups_announce AFTER INSERT OR UPDATE OR DELETE ON shard_groups
    FOR EACH STATEMENT EXECUTE FUNCTION topology_announce();
CREATE TRIGGER regions_announce AFTER INSERT OR UPDATE OR DELETE ON regions
    FOR EACH STATEMENT EXECUTE FUNCTION topology_announce();

-- Of pods only those that belong to shards; their heartbeats and memory are none of it.
CREATE TRIGGER pods_topology_made AFTER INSERT ON pods
    FOR EACH ROW WHEN (NEW.shard_id IS NOT NULL) EXECUTE FUNCTION topology_announce();
CREATE TRIGGER pods_topology_gone AFTER DELETE ON pods
    FOR EACH ROW WHEN (OLD.shard_id IS NOT NULL) EXECUTE FUNCTION topology_announce();
CREATE TRIGGER pods_topology_changed AFTER UPDATE ON pods
    FOR EACH ROW WHEN ((NEW.shard_id IS NOT NULL OR OLD.shard_id IS NOT NULL)
        AND (OLD.tier, OLD.host, OLD.port, OLD.region, OLD.shard_id, OLD.version_label, OLD.status)
            IS DISTINCT FROM (NEW.tier, NEW.host, NEW.port, NEW.region, NEW.shard_id, NEW.version_label, NEW.status))
    EXECUTE FUNCTION topology_announce();
CREATE INDEX idx_pods_shard ON pods(shard_id) WHERE shard_id IS NOT NULL;

-- The region that serves what is at home in this one: itself, or who stands in for it while it is failed over.
CREATE FUNCTION serving_region(home VARCHAR) RETURNS VARCHAR LANGUAGE plpgsql STABLE AS $$
DECLARE
    serving VARCHAR := home;
    next_region VARCHAR;
    seen VARCHAR[] := ARRAY[]::VARCHAR[];
BEGIN
    LOOP
        SELECT replica_region INTO next_region FROM regions WHERE id = serving AND failed_over;
        IF next_region IS NULL THEN
            RETURN serving;
        END IF;
        seen := seen || serving;
        IF next_region = ANY (seen) THEN
            RETURN home;
        END IF;
        serving := next_region;
    END LOOP;
END $$;
