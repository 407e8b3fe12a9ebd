-- Who takes room in a pod: tenants that are hot there, and those for which a live claim keeps room; see the column wake_epoch.
CREATE VIEW pod_occupants AS
SELECT pod_id, tenant_id FROM tenant_states
WHERE state = 'hot' OR (wake_lease_until > clock_timestamp() AND (wake_epoch = epoch OR state = 'moving'));

-- Gives a claimed tenant to the roomiest of some pods under its next epoch, in one call: their rows are held for as long as this
-- takes, and not for as long as the process that wakes the tenant takes to answer in between, which may be busy with many.
-- No pod: none of them takes tenants and has room. No epoch: the claim is lost. Each statement sees what others had committed when
-- it began, so that what is counted is what they had taken when they let go of the pods.
CREATE FUNCTION assign_tenant(
    tenant UUID, claimed_by UUID, known_epoch BIGINT, epoch_floor BIGINT,
    pod_ids VARCHAR[],              -- of equally roomy ones the first
    into_room BOOLEAN,              -- false: the first, whatever it has
    holder VARCHAR,                 -- the pod whose disk has the newest data, if any
    deployment VARCHAR, lease_ms BIGINT, heartbeat_max_ms BIGINT,
    OUT assigned_pod VARCHAR, OUT assigned_epoch BIGINT)
LANGUAGE plpgsql AS $$
DECLARE
    open_pods VARCHAR[];
BEGIN
    assigned_pod := pod_ids[1];
    IF into_room THEN
        -- Not FOR UPDATE, which would also block the foreign keys of every tenant of that pod. Always in the same order.
        SELECT array_agg(locked.id) INTO open_pods FROM (
            SELECT p.id FROM pods p
            WHERE p.id = ANY(pod_ids) AND p.status = 'ready' AND p.lost_at IS NULL
              AND p.heartbeat_at > clock_timestamp() - heartbeat_max_ms * interval '1 millisecond'
            ORDER BY p.id FOR NO KEY UPDATE) locked;
        SELECT room.id INTO assigned_pod FROM (
            SELECT p.id, p.capacity,
                (SELECT count(*) FROM pod_occupants o WHERE o.pod_id = p.id AND o.tenant_id <> tenant) AS taken
            FROM pods p WHERE p.id = ANY(open_pods)) room
        WHERE room.taken < room.capacity
        ORDER BY (room.capacity - room.taken)::float8 / room.capacity DESC, array_position(pod_ids, room.id)
        LIMIT 1;
        IF assigned_pod IS NULL THEN
            RETURN;
        END IF;
    END IF;
    -- A hot tenant ceases to be: it is not in that pod's memory yet.
    UPDATE tenant_states s
    SET epoch = GREATEST(s.epoch, epoch_floor) + 1, wake_epoch = GREATEST(s.epoch, epoch_floor) + 1,
        pod_id = assigned_pod, source_pod_id = NULLIF(holder, assigned_pod), tier_deployment = deployment,
        state = CASE WHEN s.state = 'hot' THEN 'moving' ELSE s.state END,
        wake_lease_until = clock_timestamp() + lease_ms * interval '1 millisecond'
    WHERE s.tenant_id = tenant AND s.wake_owner = claimed_by AND s.epoch = known_epoch
    RETURNING s.epoch INTO assigned_epoch;
END $$;
