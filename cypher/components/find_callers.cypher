// Who calls the given components directly, at most $limit each.
// access: read
// params: workspace, keys, limit
// returns: source, target, origin, last_seen
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})
CALL (c) {
  MATCH (c)<-[d:DEPENDS_ON]-(caller:Component)
  RETURN caller.key AS source, d.source AS origin, d.last_seen AS last_seen
  ORDER BY caller.key
  LIMIT $limit
}
RETURN source, c.key AS target, coalesce(origin, 'unknown') AS origin, last_seen
