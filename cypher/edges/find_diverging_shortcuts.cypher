// Claims whose CAUSES shortcut is missing, doubled or differs from the record.
// access: read
// params: workspace, limit
// returns: edge, expected, found
MATCH (e:CausalEdge)
WHERE e.workspace = $workspace AND e.key > ''
OPTIONAL MATCH (a:Problem)-[:CAUSE_OF]->(e)-[:EFFECT_ON]->(b:Problem)
OPTIONAL MATCH (a)-[c:CAUSES {workspace: $workspace, edge: e.key}]->(b)
WITH e, count(c) AS shortcuts, collect(c.status)[0] AS status,
     collect(c.probability)[0] AS probability, collect(c.strength)[0] AS strength
WHERE shortcuts <> 1 OR status <> e.status OR probability <> e.probability
   OR strength <> e.strength
RETURN e.key AS edge, e.status + ' ' + toString(e.probability) AS expected,
       CASE WHEN shortcuts = 1 THEN status + ' ' + toString(probability)
            ELSE toString(shortcuts) + ' shortcuts' END AS found
ORDER BY edge
LIMIT $limit
