// Events signal occurrences.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (e:Event {workspace: $workspace, id: row.event})
MATCH (o:Occurrence {workspace: $workspace, id: row.occurrence})
MERGE (e)-[:SIGNALS]->(o)
