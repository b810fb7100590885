// What the given problems directly cause, likeliest first, at most $fan_out each.
// access: read
// params: workspace, rows, statuses, fan_out
// returns: cause, effect, edge, probability, strength, status, relation
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.key})
CALL (p, row) {
  MATCH (p)-[c:CAUSES]->(q:Problem)
  WHERE c.probability >= row.floor AND c.status IN $statuses
  RETURN c, q
  ORDER BY c.probability DESC, c.edge
  LIMIT $fan_out
}
RETURN p.key AS cause, q.key AS effect, c.edge AS edge, c.probability AS probability,
       c.strength AS strength, c.status AS status, c.relation AS relation
