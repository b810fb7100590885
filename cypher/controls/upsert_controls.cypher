// Set what the workspace permits.
// access: write
// params: workspace, autonomy, stopped_at, stopped_by, reason, by
// returns: -
MERGE (c:Controls {workspace: $workspace})
  ON CREATE SET c.created_at = datetime()
SET c.autonomy = $autonomy, c.stopped_at = $stopped_at, c.stopped_by = $stopped_by,
    c.reason = $reason, c.written_by = $by, c.updated_at = datetime()
