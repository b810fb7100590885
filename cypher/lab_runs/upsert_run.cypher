// Start a run of the lab; one that is stored already remains as it is, but for roles seen since.
// access: write
// params: workspace, key, properties, roles, written_by
// returns: -
MERGE (r:LabRun {workspace: $workspace, key: $key})
  ON CREATE SET r += $properties, r.created_at = datetime(), r.written_by = $written_by
SET r.roles = $roles, r.updated_at = datetime()
