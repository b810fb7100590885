// The token with $digest, in whatever workspace: the caller is not known yet.
// access: read
// params: digest
// returns: id, name, digest, scopes, created_at, expires_at, workspace
MATCH (t:Token {digest: $digest})
RETURN t.id AS id, t.name AS name, t.digest AS digest, t.scopes AS scopes,
       t.created_at AS created_at, t.expires_at AS expires_at, t.workspace AS workspace
