// Save the embedding of an incident's summary under its embedder's property.
// access: write
// params: workspace, id, property, vector
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $id})
CALL db.create.setNodeVectorProperty(i, $property, $vector)
