// Validated claims without a decision or a finding behind them: somebody wrote past the gate.
// access: read
// params: workspace, limit
// returns: edge
MATCH (e:CausalEdge)
WHERE e.workspace = $workspace AND e.key > '' AND e.status = 'validated'
  AND NOT EXISTS {
    MATCH (e)<-[:ABOUT]-(v:Evidence)-[:FROM]->(origin:Decision|Finding)
    WHERE v.kind IN ['human', 'intervention']
  }
RETURN e.key AS edge
ORDER BY edge
LIMIT $limit
