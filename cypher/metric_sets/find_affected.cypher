// Problems whose minimal set rests on what is known of the given ones: themselves, their direct
// effects, and those whose stored set separates them.
// access: read
// params: workspace, problems, limit
// returns: subject
UNWIND $problems AS key
MATCH (p:Problem {workspace: $workspace, key: key})
CALL (p) {
  MATCH (m:MetricSet)-[:SEPARATES]->(p)
  MATCH (kept:Problem {workspace: $workspace, key: m.subject})
  RETURN kept.key AS subject
  UNION
  WITH p
  WHERE EXISTS { MATCH ()-[:CAUSES]->(p) }
  RETURN p.key AS subject
  UNION
  MATCH (p)-[c:CAUSES]->(effect:Problem)
  WITH effect.key AS subject, c.probability AS probability
  ORDER BY probability DESC
  LIMIT $limit
  RETURN subject
}
RETURN DISTINCT subject
LIMIT $limit
