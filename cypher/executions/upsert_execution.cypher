// Save an execution that a decision allowed; the same one again changes nothing.
// access: write
// params: workspace, id, incident, decision, properties
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MATCH (d:Decision {workspace: $workspace, id: $decision})
MERGE (e:Execution {workspace: $workspace, id: $id})
  ON CREATE SET e += $properties, e.created_at = datetime(), e.updated_at = datetime(),
                e.written_by = 'escalation'
MERGE (e)-[:FOR]->(i)
MERGE (e)-[:ALLOWED_BY]->(d)
