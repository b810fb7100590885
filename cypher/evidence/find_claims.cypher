// What the given problems are claimed to cause, at most $limit each, as counting needs it.
// access: read
// params: workspace, keys, limit
// returns: key, cause, effect, relation, max_lag, role, status
UNWIND $keys AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})
CALL (p) {
  MATCH (p)-[:CAUSE_OF]->(e:CausalEdge)-[:EFFECT_ON]->(b:Problem)
  RETURN e, b.role AS role
  ORDER BY e.probability DESC, e.key
  LIMIT $limit
}
RETURN e.key AS key, e.cause AS cause, e.effect AS effect, e.relation AS relation,
       coalesce(e.reach, e.lag_high) AS max_lag, role, e.status AS status
