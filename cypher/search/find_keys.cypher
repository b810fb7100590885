// Of each kind named what has a key that begins with $prefix, at most $limit, by key.
// access: read
// params: workspace, kinds, prefix, limit
// returns: kind, key, title
UNWIND $kinds AS kind
CALL (kind) {
  WITH kind WHERE kind = 'incident'
  MATCH (i:Incident)
  WHERE i.workspace = $workspace AND i.id STARTS WITH $prefix
  RETURN i.id AS key, i.title AS title ORDER BY i.workspace, i.id LIMIT $limit
UNION
  WITH kind WHERE kind = 'problem'
  MATCH (p:Problem)
  WHERE p.workspace = $workspace AND p.key STARTS WITH $prefix
  RETURN p.key AS key, p.title AS title ORDER BY p.workspace, p.key LIMIT $limit
UNION
  WITH kind WHERE kind = 'edge'
  MATCH (e:CausalEdge)
  WHERE e.workspace = $workspace AND e.key STARTS WITH $prefix
  WITH e ORDER BY e.workspace, e.key LIMIT $limit
  MATCH (cause:Problem)-[:CAUSE_OF]->(e)-[:EFFECT_ON]->(effect:Problem)
  RETURN e.key AS key, cause.title + ' causes ' + effect.title AS title
UNION
  WITH kind WHERE kind = 'proposal'
  MATCH (r:Proposal)
  WHERE r.workspace = $workspace AND r.id STARTS WITH $prefix
  RETURN r.id AS key, coalesce(r.proposed_command, 'no action') AS title
  ORDER BY r.workspace, r.id LIMIT $limit
}
RETURN kind, key, title
ORDER BY key, kind
