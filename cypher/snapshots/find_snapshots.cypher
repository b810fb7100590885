// All stored snapshots without their states, the newest first.
// access: read
// params: workspace
// returns: version, position, left_out, reason, digest, created_at
MATCH (s:Snapshot {workspace: $workspace})
WHERE s.version > 0
RETURN s.version AS version, s.position AS position, s.left_out AS left_out, s.reason AS reason,
       s.digest AS digest, s.created_at AS created_at
ORDER BY version DESC
