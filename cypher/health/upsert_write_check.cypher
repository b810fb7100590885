// Write something, to learn whether anything can be written.
// access: write
// params: workspace
// returns: -
MERGE (l:Lock {workspace: $workspace, key: 'write check'})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'health'
SET l.updated_at = datetime()
