// The $limit newest blocks, with what lifted them; those of one component with $component.
// access: read
// params: workspace, component, limit
// returns: id, reason, incident, problem, component, template, detail, executions, ends_at, blocked_at, lifted_by, lifted_at, lift_reason
MATCH (b:ActionBlock)
WHERE b.workspace = $workspace AND b.blocked_at IS NOT NULL
  AND ($component IS NULL OR b.component = $component)
WITH b ORDER BY b.workspace DESC, b.blocked_at DESC, b.id LIMIT $limit
OPTIONAL MATCH (l:BlockLift)-[:LIFTS]->(b)
RETURN b.id AS id, b.reason AS reason, b.incident AS incident, b.problem AS problem,
       b.component AS component, b.template AS template, b.detail AS detail,
       b.executions AS executions, b.ends_at AS ends_at, b.blocked_at AS blocked_at,
       l.by AS lifted_by, l.at AS lifted_at, l.reason AS lift_reason
