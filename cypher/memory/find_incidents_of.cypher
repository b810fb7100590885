// The newest $limit incidents that had a problem, or whose confirmed cause it is.
// access: read
// params: workspace, problem, limit
// returns: id
MATCH (p:Problem {workspace: $workspace, key: $problem})
CALL (p) {
  MATCH (i:Incident)-[:INCLUDES]->(:Occurrence)-[:INSTANCE_OF]->(p)
  RETURN i
UNION
  MATCH (i:Incident)-[:CAUSED_BY]->(p)
  RETURN i
}
RETURN i.id AS id
ORDER BY i.opened_at DESC, id
LIMIT $limit
