// One minimal metric set by its id.
// access: read
// params: workspace, id
// returns: id, subject, metrics, cost, proven, lower_bound, indistinguishable, under_covered, covers, saving, took_ms, unseparated, remedies, rivals, measurements
MATCH (m:MetricSet {workspace: $workspace, id: $id})
RETURN m.id AS id, m.subject AS subject, m.metrics AS metrics, m.cost AS cost,
       m.proven AS proven, m.lower_bound AS lower_bound,
       m.indistinguishable AS indistinguishable, m.under_covered AS under_covered,
       m.covers AS covers, m.saving AS saving, m.took_ms AS took_ms,
       coalesce(m.unseparated, '[]') AS unseparated, coalesce(m.remedies, '[]') AS remedies,
       coalesce(m.rivals, []) AS rivals, coalesce(m.readings, '[]') AS measurements
