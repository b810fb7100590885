// The claims that something causes the given problems, likeliest first,
// at most $limit each.
// access: read
// params: workspace, keys, statuses, limit
// returns: key, cause, effect, relation, lag_low, lag_high, hits, misses, strength, leak, probability, status, version, net, decided_by, decided_at, reason
UNWIND $keys AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})
CALL (p) {
  MATCH (p)<-[:EFFECT_ON]-(e:CausalEdge)
  WHERE e.status IN $statuses
  RETURN e
  ORDER BY e.probability DESC, e.key
  LIMIT $limit
}
RETURN e.key AS key, e.cause AS cause, e.effect AS effect, e.relation AS relation,
       e.lag_low AS lag_low, e.lag_high AS lag_high, e.hits AS hits, e.misses AS misses,
       e.strength AS strength, e.leak AS leak, e.probability AS probability,
       e.status AS status, e.version AS version, e.net AS net, e.decided_by AS decided_by,
       e.decided_at AS decided_at, e.reason AS reason
