// Metric kinds by keys, in one list; an unknown key gives nothing.
// access: read
// params: workspace, keys
// returns: metrics
UNWIND $keys AS wanted
MATCH (m:Metric {workspace: $workspace, key: wanted})
// One record, since the async driver costs by the record.
RETURN collect({key: m.key, unit: m.unit, cost: m.cost}) AS metrics
