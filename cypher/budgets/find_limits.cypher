// The limits that were set in this workspace; an amount below zero says without one.
// access: read
// params: workspace
// returns: level, period, unit, amount
MATCH (b:Budget)
WHERE b.workspace = $workspace AND b.key IS NOT NULL
RETURN b.level AS level, b.period AS period, b.unit AS unit, b.amount AS amount
ORDER BY b.key
