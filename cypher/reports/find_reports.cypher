// The $limit newest expert reports on each incident named, newest first.
// access: read
// params: workspace, incidents, limit
// returns: id, incident, title, model, created_at, content
UNWIND $incidents AS wanted
CALL (wanted) {
  MATCH (r:Report {workspace: $workspace, incident: wanted})
  RETURN r ORDER BY r.created_at DESC, r.id LIMIT $limit
}
RETURN r.id AS id, r.incident AS incident, r.title AS title, r.model AS model,
       r.created_at AS created_at, r.content AS content
