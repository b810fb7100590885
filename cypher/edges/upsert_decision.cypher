// Save a human's decision about an edge, which its evidence refers to.
// access: write
// params: workspace, id, properties
// returns: -
MERGE (d:Decision {workspace: $workspace, id: $id})
  ON CREATE SET d += $properties, d.created_at = datetime(), d.updated_at = datetime(),
                d.written_by = $properties.decided_by
