// Which component exposes which metric, given sorted; unknown ends are left out.
// access: write
// params: workspace, rows
// returns: linked
UNWIND $rows AS row
MATCH (c:Component {workspace: $workspace, key: row.component})
MATCH (m:Metric {workspace: $workspace, key: row.metric})
MERGE (c)-[x:EXPOSES]->(m)
SET x.selector = row.selector, x.source = row.origin
RETURN count(x) AS linked
