// How far the learner has read, and the snapshot that its state starts from, with its position.
// access: read
// params: workspace
// returns: position, version, snapshot, base
MATCH (l:Lock {workspace: $workspace, key: 'learner'})
OPTIONAL MATCH (s:Snapshot {workspace: $workspace, version: l.snapshot})
RETURN l.position AS position, l.version AS version, l.snapshot AS snapshot,
       coalesce(s.position, 0) AS base
