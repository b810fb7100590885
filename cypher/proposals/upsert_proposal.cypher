// Save one proposal for its incident; the same one again changes nothing.
// access: write
// params: workspace, id, incident, digest, properties
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (p:Proposal {workspace: $workspace, id: $id})
  ON CREATE SET p += $properties, p.digest = $digest, p.version = 0,
                p.updated_at = datetime(), p.written_by = 'escalation'
MERGE (p)-[:FOR]->(i)
