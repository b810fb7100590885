// Create or refresh components, given sorted by key.
// access: write
// params: workspace, rows, written_by
// returns: -
UNWIND $rows AS row
MERGE (c:Component {workspace: $workspace, key: row.key})
  ON CREATE SET c.created_at = datetime(), c.written_by = $written_by
SET c.name = row.name, c.system = row.system, c.environment = row.environment,
    c.role = row.role, c.labels = row.labels, c.updated_at = datetime()
