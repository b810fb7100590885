// A page of incidents, newest first, strictly behind the key ($before, $before_id).
// access: read
// params: workspace, statuses, system, before, before_id, limit
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, rung, version, last_activity_at, resolution, merged_into
MATCH (i:Incident {workspace: $workspace})
WHERE i.opened_at <= $before
  AND (i.opened_at < $before OR i.id < $before_id)
  AND ($statuses IS NULL OR i.status IN $statuses)
  AND ($system IS NULL OR i.system = $system)
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS rung, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
ORDER BY i.opened_at DESC, i.id DESC
LIMIT $limit
