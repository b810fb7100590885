// A page of incidents that opened at $since or later, newest first, strictly behind the key
// ($before, $before_id).
// access: read
// params: workspace, statuses, system, since, before, before_id, limit
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
MATCH (i:Incident)
WHERE i.workspace = $workspace AND $since <= i.opened_at <= $before
  // CASE and not OR, or the planner reads the index twice and whole, and sorts the union.
  AND CASE WHEN i.opened_at = $before THEN i.id < $before_id ELSE true END
  AND ($statuses IS NULL OR i.status IN $statuses)
  AND ($system IS NULL OR i.system = $system)
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
ORDER BY i.workspace DESC, i.opened_at DESC, i.id DESC
LIMIT $limit
