// Incidents whose summary's embedding is nearest to $vector, nearest first.
// access: read
// params: workspace, index, hits, vector, limit, excluded
// returns: id
CALL db.index.vector.queryNodes($index, $hits, $vector) YIELD node, score
WHERE node.workspace = $workspace AND node.id <> $excluded AND node.merged_into IS NULL
RETURN node.id AS id
ORDER BY score DESC, id
LIMIT $limit
