// Edges, in every workspace, with observations from before a time.
// access: read
// params: before, limit
// returns: workspace, subject
MATCH (v:Evidence)
WHERE v.observed_at < $before AND v.kind = 'observation'
WITH v LIMIT $limit
RETURN DISTINCT v.workspace AS workspace, v.edge AS subject
