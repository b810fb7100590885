// What directly causes the given problems, at most $fan_out each, and of those the
// $width that make the likeliest chains.
// access: read
// params: workspace, rows, statuses, fan_out, width
// returns: causes, effects, edges, probabilities, strengths, statuses, relations
UNWIND $rows AS row
CALL (row) {
  // By the index on (workspace, effect, probability) and in its order, so that a problem with
  // thousands of them costs no more than $fan_out.
  MATCH ()-[c:CAUSES]->()
  USING INDEX SEEK c:CAUSES(workspace, effect, probability)
  WHERE c.workspace = $workspace AND c.effect = row.key AND c.probability >= row.floor
    AND c.status IN $statuses
  RETURN c
  ORDER BY c.workspace DESC, c.effect DESC, c.probability DESC
  LIMIT $fan_out
}
WITH c, row.reach * c.probability AS reach
ORDER BY reach DESC
LIMIT $width
RETURN collect(c.cause) AS causes, collect(c.effect) AS effects, collect(c.edge) AS edges,
       collect(c.probability) AS probabilities, collect(c.strength) AS strengths,
       collect(c.status) AS statuses, collect(c.relation) AS relations
