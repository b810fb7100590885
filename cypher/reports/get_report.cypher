// One expert report by its id.
// access: read
// params: workspace, id
// returns: id, incident, title, model, created_at, content
MATCH (r:Report {workspace: $workspace, id: $id})
RETURN r.id AS id, r.incident AS incident, r.title AS title, r.model AS model,
       r.created_at AS created_at, r.content AS content
