// Components next to each one named, at most $limit of each kind: those it calls, those that call
// it, and those that call the same; `watched` when anything could be seen on it.
// access: read
// params: workspace, keys, limit
// returns: component, component_role, other, other_role, side, watched
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})
CALL (c) {
  MATCH (c)-[:DEPENDS_ON]->(o:Component)
  RETURN o, 'callee' AS side
  ORDER BY o.key
  LIMIT $limit
  UNION
  MATCH (c)<-[:DEPENDS_ON]-(o:Component)
  RETURN o, 'caller' AS side
  ORDER BY o.key
  LIMIT $limit
  UNION
  MATCH (c)-[:DEPENDS_ON]->(:Component)<-[:DEPENDS_ON]-(o:Component)
  WHERE o <> c
  WITH DISTINCT o
  RETURN o, 'sibling' AS side
  ORDER BY o.key
  LIMIT $limit
  UNION
  WITH c AS o
  RETURN o, 'same' AS side
}
RETURN c.key AS component, c.role AS component_role, o.key AS other, o.role AS other_role, side,
       EXISTS { (o)<-[:ON]-(:Occurrence) } OR EXISTS { (o)-[:EXPOSES]->(:Metric) } AS watched
