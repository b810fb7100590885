// Save what is remembered of how an incident was resolved; nothing once it was forgotten.
// access: write
// params: workspace, incident, properties, property, vector
// returns: incident
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (r:Resolution {workspace: $workspace, incident: $incident})
  ON CREATE SET r.created_at = datetime(), r.written_by = 'memory', r.corrections = '{}'
WITH i, r WHERE r.forgotten_at IS NULL
SET r += $properties, r.updated_at = datetime()
MERGE (r)-[:ABOUT]->(i)
WITH r
CALL db.create.setNodeVectorProperty(r, $property, $vector)
RETURN r.incident AS incident
