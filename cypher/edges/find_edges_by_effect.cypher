// The claims that something causes the given problems, likeliest first,
// at most $limit each.
// access: read
// params: workspace, keys, statuses, limit
// returns: key, cause, effect, relation, lag_low, lag_high, max_lag, hits, misses, strength, strength_low, strength_high, leak, leak_high, e_value, in_order, order_comparisons, probability, status, version, as_of, confounded_by, explained, refuted_in, decided_by, decided_at, reason, tallies, checkpoint, folded_until, history
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
       e.lag_low AS lag_low, e.lag_high AS lag_high, coalesce(e.reach, 300.0) AS max_lag,
       e.hits AS hits, e.misses AS misses, e.strength AS strength,
       coalesce(e.strength_low, 0.0) AS strength_low,
       coalesce(e.strength_high, 1.0) AS strength_high, e.leak AS leak,
       coalesce(e.leak_high, 1.0) AS leak_high, coalesce(e.e_value, 1.0) AS e_value,
       coalesce(e.right, 0) AS in_order, coalesce(e.ordered, 0) AS order_comparisons,
       e.probability AS probability, e.status AS status, e.version AS version, e.as_of AS as_of,
       coalesce(e.confounded_by, []) AS confounded_by, coalesce(e.explained, false) AS explained,
       coalesce(e.refuted_in, []) AS refuted_in, e.decided_by AS decided_by,
       e.decided_at AS decided_at, e.reason AS reason, e.tallies AS tallies,
       e.checkpoint AS checkpoint, e.folded_until AS folded_until,
       coalesce(e.history, []) AS history
