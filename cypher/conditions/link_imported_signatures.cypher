// Raise signatures to the given counts at least, and never below what was learnt here: so that
// importing twice adds nothing.
// access: write
// params: workspace, rows
// returns: linked
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.problem})
MATCH (c:Condition {workspace: $workspace, key: row.condition})
// Takes the lock before the counts are read: another write may be changing them.
SET p.updated_at = datetime()
MERGE (p)-[s:SHOWS]->(c)
  ON CREATE SET s.hits = 0, s.misses = 0, s.false_hits = 0, s.quiets = 0
WITH s, row, row.hits + row.misses + row.false_hits + row.quiets AS offered,
     coalesce(s.learnt, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]) AS own
WHERE offered > s.hits + s.misses + s.false_hits + s.quiets
SET s.hits = CASE WHEN row.hits > own[0] THEN row.hits ELSE toInteger(own[0]) END,
    s.misses = CASE WHEN row.misses > own[1] THEN row.misses ELSE toInteger(own[1]) END,
    s.false_hits =
      CASE WHEN row.false_hits > own[2] THEN row.false_hits ELSE toInteger(own[2]) END,
    s.quiets = CASE WHEN row.quiets > own[3] THEN row.quiets ELSE toInteger(own[3]) END,
    s.size_sum =
      CASE WHEN row.hits + row.misses >= own[0] + own[1] THEN row.size_sum ELSE own[4] END,
    s.size_squares =
      CASE WHEN row.hits + row.misses >= own[0] + own[1] THEN row.size_squares ELSE own[5] END
RETURN count(s) AS linked
