// A page of the undecided claims with opportunities, in the order of their keys.
// access: read
// params: workspace, after, limit
// returns: key, e_value, in_order, order_comparisons, strength, leak, supported, confounded
MATCH (e:CausalEdge)
WHERE e.workspace = $workspace AND e.key > $after
  AND e.status IN ['proposed', 'supported'] AND e.hits + e.misses > 0
RETURN e.key AS key, coalesce(e.e_value, 1.0) AS e_value, coalesce(e.right, 0) AS in_order,
       coalesce(e.ordered, 0) AS order_comparisons, e.strength AS strength, e.leak AS leak,
       e.status = 'supported' AS supported, size(coalesce(e.confounded_by, [])) > 0 AS confounded
ORDER BY e.workspace, e.key
LIMIT $limit
