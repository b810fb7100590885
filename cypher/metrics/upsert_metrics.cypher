// Create or refresh metric kinds, given sorted by key; a known cost or unit is not blanked.
// access: write
// params: workspace, rows, written_by
// returns: -
UNWIND $rows AS row
MERGE (m:Metric {workspace: $workspace, key: row.key})
  ON CREATE SET m.created_at = datetime(), m.written_by = $written_by
SET m.unit = CASE WHEN row.unit = '' THEN coalesce(m.unit, '') ELSE row.unit END,
    m.cost = coalesce(row.cost, m.cost, 1.0), m.updated_at = datetime()
