// Save the progress of a round of a run.
// access: write
// params: workspace, run, id, properties, written_by
// returns: -
MATCH (r:LabRun {workspace: $workspace, key: $run})
MERGE (n:LabRound {workspace: $workspace, id: $id})
  ON CREATE SET n.created_at = datetime(), n.written_by = $written_by
SET n += $properties, n.updated_at = datetime(), r.updated_at = datetime()
MERGE (r)-[:INCLUDES]->(n)
