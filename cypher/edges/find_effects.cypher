// What the given problems directly cause, at most $fan_out each, and of those the
// $width that make the likeliest chains.
// access: read
// params: workspace, rows, statuses, fan_out, width
// returns: cause, effect, edge, probability, strength, status, relation
UNWIND $rows AS row
CALL (row) {
  // By the index on (workspace, cause, probability) and in its order, so that a problem with
  // thousands of them costs no more than $fan_out.
  MATCH ()-[c:CAUSES]->()
  USING INDEX SEEK c:CAUSES(workspace, cause, probability)
  WHERE c.workspace = $workspace AND c.cause = row.key AND c.probability >= row.floor
    AND c.status IN $statuses
  RETURN c
  ORDER BY c.workspace DESC, c.cause DESC, c.probability DESC
  LIMIT $fan_out
}
WITH c, row.reach * c.probability AS reach
ORDER BY reach DESC
LIMIT $width
RETURN c.cause AS cause, c.effect AS effect, c.edge AS edge, c.probability AS probability,
       c.strength AS strength, c.status AS status, c.relation AS relation
