// Hold the learner where it stands until the transaction ends: no labelled incident is written meanwhile.
// access: write
// params: workspace
// returns: -
MATCH (l:Lock {workspace: $workspace, key: 'learner'})
SET l.updated_at = datetime()
