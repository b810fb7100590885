// Save the finding of a confirmed cause about its incident.
// access: write
// params: workspace, id, incident, properties
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (f:Finding {workspace: $workspace, id: $id})
SET f += $properties, f.updated_at = $properties.created_at,
    f.written_by = $properties.validated_by
MERGE (f)-[:ABOUT]->(i)
