// Save a call as it is now.
// access: write
// params: workspace, id, properties
// returns: -
MERGE (c:LlmCall {workspace: $workspace, id: $id})
  ON CREATE SET c.created_at = datetime(), c.written_by = 'budget'
SET c += $properties, c.updated_at = datetime()
