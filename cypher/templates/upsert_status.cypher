// Decide on a version: its status, who says so and why, and the signed set it is in by now.
// access: write
// params: workspace, key, status, decided_by, reason, decided_at, set_revision
// returns: name, version, kind, digest, status, is_bundled, set_revision, decided_by, reason, decided_at
MATCH (v:TemplateVersion {workspace: $workspace, key: $key})
SET v.status = $status, v.decided_by = $decided_by, v.reason = $reason,
    v.decided_at = $decided_at, v.set_revision = $set_revision, v.updated_at = datetime(),
    v.written_by = $decided_by
RETURN v.name AS name, v.version AS version, v.kind AS kind, v.digest AS digest,
       v.status AS status, v.is_bundled AS is_bundled, v.set_revision AS set_revision,
       v.decided_by AS decided_by, v.reason AS reason, v.decided_at AS decided_at
