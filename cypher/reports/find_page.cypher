// The $limit newest expert reports of the workspace, newest first.
// access: read
// params: workspace, limit
// returns: id, incident, title, model, created_at, content
MATCH (r:Report)
WHERE r.workspace = $workspace AND r.created_at IS NOT NULL
WITH r ORDER BY r.created_at DESC, r.id LIMIT $limit
RETURN r.id AS id, r.incident AS incident, r.title AS title, r.model AS model,
       r.created_at AS created_at, r.content AS content
