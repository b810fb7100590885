// Validated claims without a decision, a finding or paired runs behind them: somebody wrote past
// the gate.
// access: read
// params: workspace, limit
// returns: edge
MATCH (e:CausalEdge)
WHERE e.workspace = $workspace AND e.key > '' AND e.status = 'validated'
  AND NOT EXISTS {
    MATCH (e)<-[:ABOUT]-(v:Evidence)-[:FROM]->(origin:Decision|Finding)
    WHERE v.kind IN ['human', 'intervention']
  }
  AND NOT EXISTS {
    MATCH (e)<-[:ABOUT]-(v:Evidence)
    WHERE v.kind = 'intervention' AND v.pairs > 0
  }
RETURN e.key AS edge
ORDER BY edge
LIMIT $limit
