// Incidents include occurrences.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (i:Incident {workspace: $workspace, id: row.incident})
MATCH (o:Occurrence {workspace: $workspace, id: row.occurrence})
MERGE (i)-[:INCLUDES]->(o)
