// The newest $scanned incidents of the workspace by their distance to $vector, nearest first.
// access: read
// params: workspace, property, vector, scanned, limit, excluded
// returns: id
MATCH (i:Incident {workspace: $workspace})
WHERE i.opened_at IS NOT NULL
WITH i ORDER BY i.opened_at DESC LIMIT $scanned
WITH i, i[$property] AS own
WHERE own IS NOT NULL AND i.id <> $excluded AND i.merged_into IS NULL
RETURN i.id AS id
ORDER BY vector.similarity.cosine(own, $vector) DESC, id
LIMIT $limit
