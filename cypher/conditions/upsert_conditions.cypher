// Create conditions with the metric kind that each is about, given sorted by key.
// access: write
// params: workspace, rows, written_by
// returns: -
UNWIND $rows AS row
MERGE (c:Condition {workspace: $workspace, key: row.key})
  ON CREATE SET c += row, c.created_at = datetime(), c.updated_at = datetime(),
                c.written_by = $written_by
WITH c, row
MATCH (m:Metric {workspace: $workspace, key: row.metric})
MERGE (c)-[:OF]->(m)
