// Incidents whose id begins with $prefix, in the order of their ids.
// access: read
// params: workspace, prefix, limit
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
MATCH (i:Incident)
WHERE i.workspace = $workspace AND i.id STARTS WITH $prefix
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
ORDER BY i.workspace, i.id
LIMIT $limit
