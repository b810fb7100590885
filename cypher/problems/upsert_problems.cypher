// Create problems, sorted by key; one that is known already remains as it is.
// access: write
// params: workspace, rows, written_by
// returns: -
UNWIND $rows AS row
MERGE (p:Problem {workspace: $workspace, key: row.key})
  ON CREATE SET p += row, p.first_seen = coalesce(row.first_seen, datetime()),
                p.last_seen = coalesce(row.last_seen, datetime()), p.created_at = datetime(),
                p.written_by = $written_by, p.version = 1
SET p.summary = CASE WHEN p.summary = '' THEN row.summary ELSE p.summary END,
    p.updated_at = datetime()
