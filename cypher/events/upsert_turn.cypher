// Take the turn of assigning episodes in some workspaces, until the transaction ends.
// access: write
// params: workspaces
// returns: -
UNWIND $workspaces AS workspace
MERGE (l:Lock {workspace: workspace, key: 'episodes'})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'ingest'
SET l.updated_at = datetime()
