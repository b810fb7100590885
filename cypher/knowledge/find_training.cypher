// The training examples of all sources, as text, by the source's name.
// access: read
// params: workspace
// returns: training
MATCH (s:KnowledgeSource {workspace: $workspace})
WHERE s.source > '' AND s.training <> ''
RETURN s.training AS training
ORDER BY s.source
