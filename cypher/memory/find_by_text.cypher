// Incidents whose own words, problems or findings match $query, best first.
// access: read
// params: workspace, query, hits, limit, excluded
// returns: id
CALL db.index.fulltext.queryNodes('knowledge_by_title', $query) YIELD node, score
WHERE node.workspace = $workspace
// The index gives the best first.
WITH node, score LIMIT $hits
CALL (node) {
  MATCH (node) WHERE node:Incident
  RETURN node AS i
  UNION
  MATCH (i:Incident)-[:INCLUDES]->(:Occurrence)-[:INSTANCE_OF]->(node)
  WITH i ORDER BY i.opened_at DESC LIMIT 20
  RETURN i
  UNION
  MATCH (i:Incident)-[:CAUSED_BY]->(node)
  WITH i ORDER BY i.opened_at DESC LIMIT 20
  RETURN i
  UNION
  MATCH (node)-[:ABOUT]->(i:Incident)
  RETURN i
}
WITH i, max(score) AS best
WHERE i.id <> $excluded AND i.merged_into IS NULL
RETURN i.id AS id
ORDER BY best DESC, id
LIMIT $limit
