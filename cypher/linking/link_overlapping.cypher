// Incidents that began while earlier ones near them lasted.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (later:Incident {workspace: $workspace, id: row.later})
MATCH (earlier:Incident {workspace: $workspace, id: row.earlier})
MERGE (later)-[:OVERLAPS]->(earlier)
