// Let a token end at $expires_at, unless it ends earlier anyway.
// access: write
// params: workspace, id, expires_at, written_by
// returns: id
MATCH (t:Token {workspace: $workspace, id: $id})
SET t.expires_at = CASE WHEN t.expires_at < $expires_at THEN t.expires_at ELSE $expires_at END,
    t.updated_at = datetime(), t.written_by = $written_by
RETURN t.id AS id
