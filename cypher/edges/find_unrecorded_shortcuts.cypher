// CAUSES shortcuts that no claim stands behind.
// access: read
// params: workspace, limit
// returns: edge
MATCH ()-[c:CAUSES]->()
WHERE c.workspace = $workspace AND c.edge > ''
  AND NOT EXISTS { MATCH (:CausalEdge {workspace: $workspace, key: c.edge}) }
RETURN c.edge AS edge
ORDER BY edge
LIMIT $limit
