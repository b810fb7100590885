// How the given problems show themselves, most often seen first.
// access: read
// params: workspace, problems
// returns: problem, condition, metric, direction, role, hits, misses, false_hits, quiets, size_sum, size_squares
UNWIND $problems AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})-[s:SHOWS]->(c:Condition)
WHERE c.metric IS NOT NULL
RETURN p.key AS problem, c.key AS condition, c.metric AS metric, c.direction AS direction,
       c.role AS role, s.hits AS hits, s.misses AS misses, s.false_hits AS false_hits,
       s.quiets AS quiets, coalesce(s.size_sum, 0.0) AS size_sum,
       coalesce(s.size_squares, 0.0) AS size_squares
ORDER BY problem, hits DESC, condition
