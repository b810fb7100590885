// A page of all causal edges in the order of their keys.
// access: read
// params: workspace, after, limit
// returns: key, cause, effect, relation, lag_low, lag_high, hits, misses, strength, leak, probability, status, version, net, decided_by, decided_at, reason
MATCH (e:CausalEdge)
WHERE e.workspace = $workspace AND e.key > $after
RETURN e.key AS key, e.cause AS cause, e.effect AS effect, e.relation AS relation,
       e.lag_low AS lag_low, e.lag_high AS lag_high, e.hits AS hits, e.misses AS misses,
       e.strength AS strength, e.leak AS leak, e.probability AS probability,
       e.status AS status, e.version AS version, e.net AS net, e.decided_by AS decided_by,
       e.decided_at AS decided_at, e.reason AS reason
ORDER BY e.workspace, e.key
LIMIT $limit
