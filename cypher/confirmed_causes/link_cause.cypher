// A human confirms the cause of an incident: an occurrence of it, a component or a problem.
// access: write
// params: workspace, incident, occurrence, component, problem, by, at, reason
// returns: linked
MATCH (i:Incident {workspace: $workspace, id: $incident})
OPTIONAL MATCH (o:Occurrence {workspace: $workspace, id: $occurrence})
OPTIONAL MATCH (c:Component {workspace: $workspace, key: $component})
OPTIONAL MATCH (p:Problem {workspace: $workspace, key: $problem})
WITH i, [cause IN [o, c, p] WHERE cause IS NOT NULL] AS causes
UNWIND causes AS cause
MERGE (i)-[r:CAUSED_BY]->(cause)
SET r.confirmed_by = $by, r.at = $at, r.reason = $reason
WITH i, count(cause) AS linked
SET i.version = coalesce(i.version, 0) + 1, i.updated_at = $at, i.written_by = $by
RETURN linked
