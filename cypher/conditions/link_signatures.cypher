// Add counted episodes to problems' signatures, given sorted by problem and condition.
// access: write
// params: workspace, rows
// returns: linked
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.problem})
MATCH (c:Condition {workspace: $workspace, key: row.condition})
MERGE (p)-[s:SHOWS]->(c)
  ON CREATE SET s.hits = 0, s.misses = 0, s.false_hits = 0, s.quiets = 0
SET s.hits = s.hits + row.hits, s.misses = s.misses + row.misses,
    s.false_hits = s.false_hits + row.false_hits, s.quiets = s.quiets + row.quiets,
    s.size_sum = coalesce(s.size_sum, 0.0) + row.size_sum,
    s.size_squares = coalesce(s.size_squares, 0.0) + row.size_squares
RETURN count(s) AS linked
