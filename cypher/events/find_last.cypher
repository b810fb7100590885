// The last event of each sender for each of its dedup keys, and its last resolution. The index gives
// the last one of each status first, so that a key's history is not read.
// access: read
// params: rows
// returns: workspace, source, dedup_key, status, received_at, resolution
UNWIND $rows AS row
UNWIND ['firing', 'acknowledged', 'resolved'] AS status
CALL (row, status) {
  MATCH (e:Event)
  WHERE e.workspace = row.workspace AND e.dedup_key = row.dedup_key AND e.status = status
    AND e.received_at IS NOT NULL AND e.source = row.source
  RETURN e ORDER BY e.workspace DESC, e.dedup_key DESC, e.status DESC, e.received_at DESC LIMIT 1
}
WITH row, e ORDER BY e.received_at DESC
WITH row, collect(e) AS latest
RETURN row.workspace AS workspace, row.source AS source, row.dedup_key AS dedup_key,
       latest[0].status AS status, latest[0].received_at AS received_at,
       [e IN latest WHERE e.status = 'resolved' | e.id][0] AS resolution
