// Problems, incidents and findings whose words match $query, best first.
// access: read
// params: workspace, query, limit
// returns: kind, key, title, score
CALL db.index.fulltext.queryNodes('knowledge_by_title', $query)
YIELD node, score
WHERE node.workspace = $workspace
// The index gives the best first.
WITH node, score LIMIT $limit
RETURN CASE
         WHEN node:Problem THEN 'problem'
         WHEN node:Incident THEN 'incident'
         ELSE 'finding'
       END AS kind,
       coalesce(node.key, node.incident, node.id) AS key,
       coalesce(node.title, node.summary, '') AS title, score
ORDER BY score DESC, key
