// Save a decision on its proposal.
// access: write
// params: workspace, id, proposal, properties
// returns: -
MATCH (p:Proposal {workspace: $workspace, id: $proposal})
MERGE (d:Decision {workspace: $workspace, id: $id})
  ON CREATE SET d += $properties, d.created_at = datetime(), d.updated_at = datetime(),
                d.written_by = $properties.decided_by
MERGE (d)-[:DECIDES]->(p)
