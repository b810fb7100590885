// An incident no longer includes occurrences.
// access: write
// params: workspace, incident, occurrences
// returns: -
UNWIND $occurrences AS wanted
MATCH (o:Occurrence {workspace: $workspace, id: wanted})
MATCH (i:Incident {workspace: $workspace, id: $incident})-[held:INCLUDES]->(o)
DELETE held
