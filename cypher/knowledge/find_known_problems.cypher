// Problems of these roles that are known by how they show themselves, the most often met first.
// access: read
// params: workspace, roles, limit
// returns: key, title, role, kind, summary, is_imported, occurrences, conditions
MATCH (p:Problem {workspace: $workspace})
WHERE p.status IN ['observed', 'validated'] AND p.role IN $roles AND EXISTS { (p)-[:SHOWS]->() }
WITH p, CASE WHEN p.lessons > p.occurrences THEN p.lessons
             ELSE coalesce(p.occurrences, p.lessons, 0) END AS met
ORDER BY met DESC, p.key
LIMIT $limit
RETURN p.key AS key, p.title AS title, p.role AS role, p.kind AS kind,
       coalesce(p.summary, '') AS summary, coalesce(p.lessons, 0) = 0 AS is_imported,
       met AS occurrences,
       COLLECT {
         MATCH (p)-[s:SHOWS]->(c:Condition)
         WHERE c.role = p.role AND c.metric IS NOT NULL
         RETURN {problem: p.key, condition: c.key, metric: c.metric, direction: c.direction,
                 role: c.role, hits: s.hits, misses: s.misses, false_hits: s.false_hits,
                 quiets: s.quiets,
                 size_sum: coalesce(s.size_sum, 0.0),
                 size_squares: coalesce(s.size_squares, 0.0)}
         ORDER BY s.hits DESC, c.key
       } AS conditions
