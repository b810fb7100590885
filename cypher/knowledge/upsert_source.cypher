// Save what was taken over from a source: figures, and the training examples as text. The same
// content again leaves the time as it was.
// access: write
// params: workspace, source, properties, written_by
// returns: -
MERGE (s:KnowledgeSource {workspace: $workspace, source: $source})
  ON CREATE SET s.created_at = datetime(), s.written_by = $written_by
SET s.imported_at = CASE WHEN s.digest = $properties.digest THEN s.imported_at
                         ELSE datetime() END,
    s += $properties, s.updated_at = datetime()
