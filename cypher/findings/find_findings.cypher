// The $limit newest findings about each incident named, newest first.
// access: read
// params: workspace, incidents, limit
// returns: id, incident, summary, validated_by, reason, created_at, labels
UNWIND $incidents AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
CALL (i) {
  MATCH (i)<-[:ABOUT]-(f:Finding)
  RETURN f ORDER BY f.created_at DESC, f.id LIMIT $limit
}
RETURN f.id AS id, f.incident AS incident, f.summary AS summary,
       f.validated_by AS validated_by, f.reason AS reason, f.created_at AS created_at,
       f.labels AS labels
