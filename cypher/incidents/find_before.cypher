// For each incident the $limit newest that opened before it and had an occurrence on the component of
// its cause.
// access: read
// params: workspace, rows, limit
// returns: later, earlier
UNWIND $rows AS row
CALL (row) {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.component = row.component AND o.started_at < row.at
  MATCH (i:Incident)-[:INCLUDES]->(o)
  WHERE i.id <> row.incident AND i.opened_at < row.at
  WITH DISTINCT i.id AS earlier, i.opened_at AS opened_at
  RETURN earlier ORDER BY opened_at DESC, earlier LIMIT $limit
}
RETURN row.incident AS later, earlier
