// Every token of the workspace, oldest first.
// access: read
// params: workspace
// returns: id, name, digest, scopes, created_at, expires_at, workspace
MATCH (t:Token {workspace: $workspace})
RETURN t.id AS id, t.name AS name, t.digest AS digest, t.scopes AS scopes,
       t.created_at AS created_at, t.expires_at AS expires_at, t.workspace AS workspace
ORDER BY created_at, id
