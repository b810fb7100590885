// Remember what people were told of the budget.
// access: write
// params: workspace, stage, alerted
// returns: -
MATCH (l:Lock {workspace: $workspace, key: 'budget'})
SET l.stage = $stage, l.alerted = $alerted
