// The last event of each sender for each of its dedup keys, and its last resolution.
// access: read
// params: rows
// returns: workspace, source, dedup_key, status, received_at, resolution
UNWIND $rows AS row
CALL (row) {
  MATCH (e:Event {workspace: row.workspace, dedup_key: row.dedup_key})
  WHERE e.source = row.source AND e.status <> 'info'
  RETURN e.status AS status, e.received_at AS received_at
  ORDER BY e.received_at DESC LIMIT 1
}
OPTIONAL CALL (row) {
  MATCH (e:Event {workspace: row.workspace, dedup_key: row.dedup_key})
  WHERE e.source = row.source AND e.status = 'resolved'
  RETURN e.id AS resolution
  ORDER BY e.received_at DESC LIMIT 1
}
RETURN row.workspace AS workspace, row.source AS source, row.dedup_key AS dedup_key, status,
       received_at, resolution
