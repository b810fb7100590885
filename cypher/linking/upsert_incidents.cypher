// Save incidents, sorted by id, unless one changed since its version was read.
// access: write
// params: workspace, rows
// returns: written
UNWIND $rows AS row
MERGE (i:Incident {workspace: $workspace, id: row.id})
  ON CREATE SET i.version = 0, i.rung = 'memory', i.environment = 'default',
                i.created_at = datetime(), i.written_by = 'linking'
SET i.updated_at = datetime()
WITH i, row
WHERE i.version = row.version
SET i += row.properties, i.version = row.version + 1
RETURN count(i) AS written
