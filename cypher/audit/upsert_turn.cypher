// Take the turn at the workspace's audit chain: nobody else appends until the transaction ends.
// access: write
// params: workspace
// returns: seq, digest
MERGE (l:Lock {workspace: $workspace, key: 'audit'})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'audit'
SET l.updated_at = datetime()
RETURN coalesce(l.position, 0) AS seq, coalesce(l.digest, '') AS digest
