// Of each kind named what has a key that begins with $prefix, at most $limit, by key.
// access: read
// params: workspace, kinds, prefix, limit
// returns: kind, key, title
UNWIND $kinds AS kind
CALL (kind) {
  WITH kind WHERE kind = 'incident'
  MATCH (n:Incident)
  WHERE n.workspace = $workspace AND n.id STARTS WITH $prefix
  RETURN n.id AS key, n.title AS title ORDER BY n.workspace, n.id LIMIT $limit
UNION
  WITH kind WHERE kind = 'problem'
  MATCH (n:Problem)
  WHERE n.workspace = $workspace AND n.key STARTS WITH $prefix
  RETURN n.key AS key, n.title AS title ORDER BY n.workspace, n.key LIMIT $limit
UNION
  WITH kind WHERE kind = 'edge'
  MATCH (n:CausalEdge)
  WHERE n.workspace = $workspace AND n.key STARTS WITH $prefix
  WITH n ORDER BY n.workspace, n.key LIMIT $limit
  MATCH (cause:Problem)-[:CAUSE_OF]->(n)-[:EFFECT_ON]->(effect:Problem)
  RETURN n.key AS key, cause.title + ' causes ' + effect.title AS title
UNION
  WITH kind WHERE kind = 'proposal'
  MATCH (n:Proposal)
  WHERE n.workspace = $workspace AND n.id STARTS WITH $prefix
  RETURN n.id AS key, coalesce(n.proposed_command, 'no action') AS title
  ORDER BY n.workspace, n.id LIMIT $limit
}
RETURN kind, key, title
ORDER BY key, kind
