// Save what a person changed about an incident that the transaction holds.
// access: write
// params: workspace, id, properties
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
MATCH (i:Incident {workspace: $workspace, id: $id})
SET i += $properties, i.version = coalesce(i.version, 0) + 1, i.updated_at = datetime()
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
