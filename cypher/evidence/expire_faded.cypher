// Delete proposals of every workspace that nothing has supported since $before, or whose order in
// $comparisons cases or more speaks against them, with their evidence. What a person, an import or
// an experiment said of a claim keeps it.
// access: write
// params: before, comparisons, limit
// returns: deleted
MATCH (e:CausalEdge)
WHERE e.status = 'proposed' AND e.decided_by IS NULL
  AND EXISTS { (e)<-[:ABOUT]-(:Evidence) }
  AND NOT EXISTS {
    MATCH (e)<-[:ABOUT]-(said:Evidence)
    WHERE said.kind IN ['human', 'imported', 'intervention']
  }
  AND (
    (e.ordered >= $comparisons AND 2 * e.right < e.ordered)
    OR (e.created_at < $before AND NOT EXISTS {
      MATCH (e)<-[:ABOUT]-(recent:Evidence)
      WHERE recent.polarity > 0 AND recent.observed_at >= $before
    })
  )
WITH e LIMIT $limit
CALL (e) {
  OPTIONAL MATCH (e)<-[:CAUSE_OF]-()-[c:CAUSES {workspace: e.workspace, edge: e.key}]->()
  OPTIONAL MATCH (e)<-[:ABOUT]-(v:Evidence)
  WITH collect(DISTINCT c) AS shortcuts, collect(DISTINCT v) AS pieces
  FOREACH (shortcut IN shortcuts | DELETE shortcut)
  FOREACH (piece IN pieces | DETACH DELETE piece)
}
DETACH DELETE e
RETURN count(*) AS deleted
