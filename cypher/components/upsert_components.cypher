// Create or refresh components, given sorted by key; the fallback role and no labels blank nothing.
// access: write
// params: workspace, rows, written_by
// returns: -
UNWIND $rows AS row
MERGE (c:Component {workspace: $workspace, key: row.key})
  ON CREATE SET c.created_at = datetime(), c.written_by = $written_by
SET c.name = row.name, c.system = row.system, c.environment = row.environment,
    c.role = CASE WHEN row.role = 'service' THEN coalesce(c.role, row.role) ELSE row.role END,
    c.labels = CASE WHEN row.labels = '{}' THEN coalesce(c.labels, row.labels)
                    ELSE row.labels END,
    c.updated_at = datetime()
