// Remember why an action was not executed; the same block again changes only when it ends.
// access: write
// params: workspace, id, properties, ends_at
// returns: -
MERGE (b:ActionBlock {workspace: $workspace, id: $id})
  ON CREATE SET b += $properties, b.created_at = datetime(), b.written_by = 'anti_loop'
SET b.ends_at = $ends_at, b.updated_at = datetime()
