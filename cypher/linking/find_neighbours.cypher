// Who calls or is called by each component.
// access: read
// params: workspace, keys
// returns: key, neighbours
UNWIND $keys AS key
MATCH (c:Component {workspace: $workspace, key: key})-[:DEPENDS_ON]-(n:Component)
RETURN key, collect(DISTINCT n.key) AS neighbours
