// Metric kinds by keys; an unknown key gives no row.
// access: read
// params: workspace, keys
// returns: key, unit, cost
UNWIND $keys AS wanted
MATCH (m:Metric {workspace: $workspace, key: wanted})
RETURN m.key AS key, m.unit AS unit, m.cost AS cost
