// The $limit entries that follow number $after, in order.
// access: read
// params: workspace, after, limit
// returns: workspace, seq, at, actor, kind, subject, detail, previous, digest
MATCH (e:AuditEntry)
WHERE e.workspace = $workspace AND e.seq > $after
WITH e ORDER BY e.seq LIMIT $limit
RETURN e.workspace AS workspace, e.seq AS seq, e.at AS at, e.actor AS actor, e.kind AS kind,
       e.subject AS subject, e.detail AS detail, e.previous AS previous, e.digest AS digest
