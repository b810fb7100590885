// Raise problems' signatures to the given counts at least, so that importing twice adds nothing.
// access: write
// params: workspace, rows
// returns: linked
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.problem})
MATCH (c:Condition {workspace: $workspace, key: row.condition})
MERGE (p)-[s:SHOWS]->(c)
  ON CREATE SET s.hits = 0, s.misses = 0, s.false_hits = 0, s.quiets = 0
WITH s, row, row.hits + row.misses + row.false_hits + row.quiets AS offered
WHERE offered > s.hits + s.misses + s.false_hits + s.quiets
SET s.hits = row.hits, s.misses = row.misses, s.false_hits = row.false_hits,
    s.quiets = row.quiets, s.size_sum = row.size_sum, s.size_squares = row.size_squares
RETURN count(s) AS linked
