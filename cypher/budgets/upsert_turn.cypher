// Take the workspace's turn at its budget: nobody else reserves or settles until the transaction ends.
// access: write
// params: workspace
// returns: stage, alerted
MERGE (l:Lock {workspace: $workspace, key: 'budget'})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'budget'
SET l.updated_at = datetime()
RETURN coalesce(l.stage, 'full') AS stage, coalesce(l.alerted, []) AS alerted
