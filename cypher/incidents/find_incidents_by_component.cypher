// A page of the incidents with an occurrence on $component, by its key or its name; else as
// find_incidents.
// access: read
// params: workspace, component, statuses, system, since, before, before_id, limit
// returns: id, title, status, severity, opened_at, system, resolved_at, ticket, escalation_level, version, last_activity_at, resolution, merged_into
// By its occurrences, of which one component has few: incidents are not searched for them.
MATCH (c:Component)
WHERE c.workspace = $workspace AND (c.key = $component OR c.name = $component)
MATCH (c)<-[:ON]-(:Occurrence)<-[:INCLUDES]-(i:Incident)
WITH DISTINCT i
WHERE $since <= i.opened_at <= $before
  AND CASE WHEN i.opened_at = $before THEN i.id < $before_id ELSE true END
  AND ($statuses IS NULL OR i.status IN $statuses)
  AND ($system IS NULL OR i.system = $system)
RETURN i.id AS id, i.title AS title, i.status AS status, i.severity AS severity,
       i.opened_at AS opened_at, i.system AS system, i.resolved_at AS resolved_at,
       i.ticket AS ticket, i.rung AS escalation_level, i.version AS version,
       i.last_activity_at AS last_activity_at, i.resolution AS resolution,
       i.merged_into AS merged_into
ORDER BY i.opened_at DESC, i.id DESC
LIMIT $limit
