// The $limit latest causes that humans confirmed of each incident named, the latest first. A problem
// and a component that were confirmed at once are one cause.
// access: read
// params: workspace, incidents, limit
// returns: incident, component, problem, confirmed_by, at, reason
UNWIND $incidents AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
CALL (i) {
  MATCH (i)-[r:CAUSED_BY]->(cause)
  OPTIONAL MATCH (cause)-[:INSTANCE_OF]->(kind:Problem)
  OPTIONAL MATCH (cause)-[:ON]->(place:Component)
  RETURN r.at AS at, r.confirmed_by AS by, coalesce(r.reason, '') AS reason,
         max(coalesce(place.key, CASE WHEN cause:Component THEN cause.key END)) AS component,
         max(coalesce(kind.key, CASE WHEN cause:Problem THEN cause.key END)) AS problem
  ORDER BY at DESC LIMIT $limit
}
RETURN i.id AS incident, component, problem, by AS confirmed_by, at, reason
ORDER BY at DESC, component, problem
