// Hold incidents until the transaction ends, given sorted by id; what is read of them then stays.
// access: write
// params: workspace, ids
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
// Takes the lock, so that what is read below is the last committed value.
SET i.updated_at = datetime()
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
