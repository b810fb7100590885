// Save what a person did about an incident; the same act again changes nothing.
// access: write
// params: workspace, id, incident, properties
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (a:IncidentAct {workspace: $workspace, id: $id})
  ON CREATE SET a += $properties, a.created_at = datetime(), a.updated_at = datetime(),
                a.written_by = $properties.by
MERGE (a)-[:ABOUT]->(i)
