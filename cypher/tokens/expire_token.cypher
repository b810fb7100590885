// Let a token end at $expires_at, unless it ends earlier anyway; returns it as it was before. With
// $valid_at, only one that is still valid then.
// access: write
// params: workspace, id, expires_at, valid_at, written_by
// returns: id, name, digest, scopes, created_at, expires_at, workspace
MATCH (t:Token {workspace: $workspace, id: $id})
// Takes the lock, so that one that is being revoked is seen as revoked.
SET t.updated_at = datetime(), t.written_by = $written_by
WITH t, t.expires_at AS ended_at
WHERE $valid_at IS NULL OR ended_at IS NULL OR ended_at > $valid_at
SET t.expires_at = CASE WHEN ended_at < $expires_at THEN ended_at ELSE $expires_at END
RETURN t.id AS id, t.name AS name, t.digest AS digest, t.scopes AS scopes,
       t.created_at AS created_at, ended_at AS expires_at, t.workspace AS workspace
