// The older incident takes over what the younger included.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (older:Incident {workspace: $workspace, id: row.older})
MATCH (:Incident {workspace: $workspace, id: row.younger})-[held:INCLUDES]->(o:Occurrence)
MERGE (older)-[:INCLUDES]->(o)
DELETE held
