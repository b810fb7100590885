// Incidents that began after earlier ones near them were over.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (later:Incident {workspace: $workspace, id: row.later})
MATCH (earlier:Incident {workspace: $workspace, id: row.earlier})
MERGE (later)-[:FOLLOWS]->(earlier)
