// How the given problems show themselves, most often seen first, in one list.
// access: read
// params: workspace, problems
// returns: signatures
UNWIND $problems AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})-[s:SHOWS]->(c:Condition)
WHERE c.metric IS NOT NULL
WITH p, s, c
ORDER BY p.key, s.hits DESC, c.key
// One record, since the async driver costs by the record, and a hundred problems have thousands.
RETURN collect({problem: p.key, condition: c.key, metric: c.metric, direction: c.direction,
  role: c.role, hits: s.hits, misses: s.misses, false_hits: s.false_hits, quiets: s.quiets,
  size_sum: coalesce(s.size_sum, 0.0),
  size_squares: coalesce(s.size_squares, 0.0)}) AS signatures
