// Set one limit; an amount below zero says without one, whatever the settings.
// access: write
// params: workspace, key, level, period, unit, amount, by
// returns: -
MERGE (b:Budget {workspace: $workspace, key: $key})
  ON CREATE SET b.created_at = datetime()
SET b.level = $level, b.period = $period, b.unit = $unit, b.amount = $amount,
    b.updated_at = datetime(), b.written_by = $by
