// Add one problem's signature to another's and take it from the first.
// access: write
// params: workspace, source, into
// returns: moved
MATCH (s:Problem {workspace: $workspace, key: $source})
MATCH (t:Problem {workspace: $workspace, key: $into})
MATCH (s)-[r:SHOWS]->(c:Condition)
MERGE (t)-[x:SHOWS]->(c)
  ON CREATE SET x.hits = 0, x.misses = 0, x.false_hits = 0, x.quiets = 0
SET x.hits = x.hits + r.hits, x.misses = x.misses + r.misses,
    x.false_hits = x.false_hits + r.false_hits, x.quiets = x.quiets + r.quiets,
    x.size_sum = coalesce(x.size_sum, 0.0) + coalesce(r.size_sum, 0.0),
    x.size_squares = coalesce(x.size_squares, 0.0) + coalesce(r.size_squares, 0.0),
    x.learnt = CASE WHEN r.learnt IS NULL THEN x.learnt WHEN x.learnt IS NULL THEN r.learnt
                    ELSE [i IN range(0, 5) | x.learnt[i] + r.learnt[i]] END
DELETE r
RETURN count(c) AS moved
