// The newest entry's number and digest; no row before the first entry.
// access: read
// params: workspace
// returns: seq, digest
MATCH (l:Lock {workspace: $workspace, key: 'audit'})
RETURN coalesce(l.position, 0) AS seq, coalesce(l.digest, '') AS digest
