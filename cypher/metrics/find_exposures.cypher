// What the given components expose.
// access: read
// params: workspace, keys
// returns: component, metric, selector, origin
UNWIND $keys AS wanted
MATCH (c:Component {workspace: $workspace, key: wanted})-[x:EXPOSES]->(m:Metric)
RETURN c.key AS component, m.key AS metric, coalesce(x.selector, '') AS selector,
       coalesce(x.source, 'unknown') AS origin
ORDER BY component, metric
