// Whether the workspace is new to knowledge: nothing was imported or refused, no experience stored,
// and no problem known but those that an import of $source, killed on the way, left behind.
// access: read
// params: workspace, source
// returns: is_new
OPTIONAL MATCH (s:KnowledgeSource {workspace: $workspace})
WHERE s.source > ''
WITH count(s) AS sources
RETURN sources = 0
       AND NOT EXISTS { MATCH (e:Experience {workspace: $workspace}) WHERE e.seq > 0 }
       AND NOT EXISTS { MATCH (p:Problem {workspace: $workspace})
                        WHERE p.status IS NOT NULL AND p.written_by <> $source } AS is_new
