// The $limit latest causes that humans confirmed of each incident named, the latest first.
// access: read
// params: workspace, incidents, limit
// returns: incident, component, problem, confirmed_by, at, reason
UNWIND $incidents AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
CALL (i) {
  MATCH (i)-[r:CAUSED_BY]->(cause)
  RETURN r, cause ORDER BY r.at DESC LIMIT $limit
}
OPTIONAL MATCH (cause)-[:INSTANCE_OF]->(kind:Problem)
OPTIONAL MATCH (cause)-[:ON]->(place:Component)
RETURN i.id AS incident,
       coalesce(place.key, CASE WHEN cause:Component THEN cause.key END) AS component,
       coalesce(kind.key, CASE WHEN cause:Problem THEN cause.key END) AS problem,
       r.confirmed_by AS confirmed_by, r.at AS at, coalesce(r.reason, '') AS reason
ORDER BY at DESC, component, problem
