// Save a token by its id: its name, its digest and what it may do.
// access: write
// params: workspace, id, name, digest, scopes, created_at, expires_at, written_by
// returns: -
MERGE (t:Token {workspace: $workspace, id: $id})
  ON CREATE SET t.created_at = $created_at
SET t.name = $name, t.digest = $digest, t.scopes = $scopes, t.expires_at = $expires_at,
    t.updated_at = datetime(), t.written_by = $written_by
