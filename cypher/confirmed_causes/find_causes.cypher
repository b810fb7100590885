// The causes that humans confirmed of several incidents, the latest first.
// access: read
// params: workspace, incidents
// returns: incident, component, problem, confirmed_by, at, reason
UNWIND $incidents AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})-[r:CAUSED_BY]->(cause)
OPTIONAL MATCH (cause)-[:INSTANCE_OF]->(kind:Problem)
OPTIONAL MATCH (cause)-[:ON]->(place:Component)
RETURN i.id AS incident,
       coalesce(place.key, CASE WHEN cause:Component THEN cause.key END) AS component,
       coalesce(kind.key, CASE WHEN cause:Problem THEN cause.key END) AS problem,
       r.confirmed_by AS confirmed_by, r.at AS at, coalesce(r.reason, '') AS reason
ORDER BY at DESC, component, problem
