// Save what was learnt from an incident and the decision it is based on.
// access: write
// params: workspace, id, incident, decision, properties
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MATCH (d:Decision {workspace: $workspace, id: $decision})
MERGE (f:Finding {workspace: $workspace, id: $id})
  ON CREATE SET f += $properties, f.updated_at = datetime(), f.written_by = $properties.validated_by
MERGE (f)-[:ABOUT]->(i)
MERGE (f)-[:FROM]->(d)
