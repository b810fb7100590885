// The verified actions of the newest $limit resolved incidents, with what was foreseen of them; as
// they were known before $before, in no order.
// access: read
// params: workspace, before, limit
// returns: id, incident, problem, component, role, template, parameters, outcome, started_at, ended_at, recurred_at, reopened_at, foreseen, corrections, is_forgotten
MATCH (r:Resolution)
WHERE r.workspace = $workspace AND r.resolved_at < $before
WITH r ORDER BY r.resolved_at DESC LIMIT $limit
MATCH (r)-[:ABOUT]->(i:Incident)<-[:FOR]-(e:Execution)
WHERE e.kind = 'action' AND e.outcome IS NOT NULL AND e.verified_at < $before
CALL (e, i) {
  // The same alert or series: an occurrence retains that key.
  MATCH (i)-[:INCLUDES]->(o:Occurrence)
  WITH e, o.dedup_key AS same LIMIT 50
  MATCH (again:Occurrence {workspace: $workspace, dedup_key: same})
  WHERE e.verified_at < again.started_at <= e.verified_at + duration({hours: 1})
    AND again.started_at < $before
  RETURN min(again.started_at) AS recurred_at
}
CALL (e, i) {
  MATCH (a:IncidentAct {workspace: $workspace, incident: i.id})
  WHERE e.verified_at < a.at < $before AND a.kind = 'reopened'
  RETURN min(a.at) AS reopened_at
}
RETURN e.id AS id, e.incident AS incident, e.problem AS problem, e.component AS component,
       e.role AS role, e.template AS template, e.parameters AS parameters, e.outcome AS outcome,
       e.started_at AS started_at, e.verified_at AS ended_at, recurred_at, reopened_at,
       r.foreseen AS foreseen, r.corrections AS corrections,
       r.forgotten_at IS NOT NULL AS is_forgotten
