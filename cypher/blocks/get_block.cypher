// One block, with what lifted it.
// access: read
// params: workspace, id
// returns: id, reason, incident, problem, component, template, detail, executions, ends_at, blocked_at, lifted_by, lifted_at, lift_reason
MATCH (b:ActionBlock {workspace: $workspace, id: $id})
OPTIONAL MATCH (l:BlockLift)-[:LIFTS]->(b)
RETURN b.id AS id, b.reason AS reason, b.incident AS incident, b.problem AS problem,
       b.component AS component, b.template AS template, b.detail AS detail,
       b.executions AS executions, b.ends_at AS ends_at, b.blocked_at AS blocked_at,
       l.by AS lifted_by, l.at AS lifted_at, l.reason AS lift_reason
