// Where imported knowledge came from, by name, without the training examples.
// access: read
// params: workspace
// returns: source, is_refused, problems, signatures, edges, labelled_incidents, calibrated_on, digest, imported_at
MATCH (s:KnowledgeSource {workspace: $workspace})
WHERE s.source > ''
RETURN s.source AS source, s.is_refused AS is_refused,
       s.problems AS problems, s.signatures AS signatures, s.edges AS edges,
       s.labelled_incidents AS labelled_incidents, s.calibrated_on AS calibrated_on,
       s.digest AS digest, s.imported_at AS imported_at
ORDER BY source
