// Set the counts of signatures learnt from labelled incidents, beside imported ones; sorted by
// problem, condition.
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
WITH s, row, coalesce(s.learnt, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]) AS old
SET s.hits = s.hits - toInteger(old[0]) + row.hits,
    s.misses = s.misses - toInteger(old[1]) + row.misses,
    s.false_hits = s.false_hits - toInteger(old[2]) + row.false_hits,
    s.quiets = s.quiets - toInteger(old[3]) + row.quiets,
    s.size_sum = coalesce(s.size_sum, 0.0) - old[4] + row.size_sum,
    s.size_squares = coalesce(s.size_squares, 0.0) - old[5] + row.size_squares,
    s.learnt = [toFloat(row.hits), toFloat(row.misses), toFloat(row.false_hits),
                toFloat(row.quiets), row.size_sum, row.size_squares]
RETURN count(s) AS linked
