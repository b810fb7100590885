// Advance the learner, unless another one advanced it meanwhile: then there is no row.
// access: write
// params: workspace, expected, position, snapshot
// returns: version
MERGE (l:Lock {workspace: $workspace, key: 'learner'})
  ON CREATE SET l.position = 0, l.version = 0, l.snapshot = 0, l.created_at = datetime(),
                l.written_by = 'learning'
SET l.updated_at = datetime()
WITH l
WHERE l.version = $expected
SET l.version = l.version + 1, l.position = $position, l.snapshot = $snapshot
RETURN l.version AS version
