// Who the given components call directly, at most $limit each.
// access: read
// params: workspace, keys, limit
// returns: source, target, origin, last_seen
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})
CALL (c) {
  MATCH (c)-[d:DEPENDS_ON]->(callee:Component)
  RETURN callee.key AS target, d.source AS origin, d.last_seen AS last_seen
  ORDER BY callee.key
  LIMIT $limit
}
RETURN c.key AS source, target, coalesce(origin, 'unknown') AS origin, last_seen
