// Causes of the given effects whose claim has one of the given statuses.
// access: read
// params: workspace, keys, statuses
// returns: cause, effect
UNWIND $keys AS wanted
MATCH ()-[c:CAUSES]->()
WHERE c.workspace = $workspace AND c.effect = wanted AND c.probability >= 0.0
  AND c.status IN $statuses
RETURN c.cause AS cause, c.effect AS effect
