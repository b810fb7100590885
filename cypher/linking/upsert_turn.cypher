// Take the workspace's turn: the linker holds this node's lock until the transaction ends.
// access: write
// params: workspace
// returns: -
MERGE (l:Lock {workspace: $workspace, key: 'linking'})
  ON CREATE SET l.created_at = datetime(), l.written_by = 'linking'
SET l.updated_at = datetime()
