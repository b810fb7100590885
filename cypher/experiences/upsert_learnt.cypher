// Set how often labelled incidents named problems, given sorted by key.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.key})
SET p.lessons = row.lessons, p.updated_at = datetime(),
    p.last_seen = CASE WHEN row.last_seen > p.last_seen THEN row.last_seen ELSE p.last_seen END
