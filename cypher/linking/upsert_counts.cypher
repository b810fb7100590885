// Fold a batch's new occurrences into their problems, given sorted by key.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.key})
SET p.occurrences = coalesce(p.occurrences, 0) + row.count,
    p.first_seen = CASE WHEN p.first_seen < row.first THEN p.first_seen ELSE row.first END,
    p.last_seen = CASE WHEN p.last_seen > row.last THEN p.last_seen ELSE row.last END,
    p.updated_at = datetime()
