// Save evidence about an edge and its origin; what is stored already remains as it is.
// access: write
// params: workspace, edge, rows, written_by
// returns: -
MATCH (e:CausalEdge {workspace: $workspace, key: $edge})
UNWIND $rows AS row
MERGE (v:Evidence {workspace: $workspace, id: row.id})
  ON CREATE SET v += row, v.edge = $edge, v.created_at = datetime(),
                v.updated_at = datetime(), v.written_by = $written_by
MERGE (v)-[:ABOUT]->(e)
WITH v, row
OPTIONAL MATCH (o:Occurrence {workspace: $workspace, id: row.origin})
OPTIONAL MATCH (d:Decision {workspace: $workspace, id: row.origin})
OPTIONAL MATCH (f:Finding {workspace: $workspace, id: row.origin})
OPTIONAL MATCH (r:Experiment {workspace: $workspace, id: row.origin})
FOREACH (origin IN [x IN [o, d, f, r] WHERE x IS NOT NULL] | MERGE (v)-[:FROM]->(origin))
