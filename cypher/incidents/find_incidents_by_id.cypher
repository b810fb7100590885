// The incidents with the ids $ids, in no order; unknown ids are left out.
// access: read
// params: workspace, ids
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, rung, version, last_activity_at, resolution, merged_into
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, coalesce(i.system, 'default') AS system,
       i.resolved_at AS resolved_at, i.ticket AS ticket, coalesce(i.rung, 'memory') AS rung,
       coalesce(i.version, 0) AS version, i.last_activity_at AS last_activity_at,
       i.resolution AS resolution, i.merged_into AS merged_into
