// The $limit newest acts about each incident named, newest first.
// access: read
// params: workspace, incidents, limit
// returns: id, incident, kind, by, at, text, stage, level, tokens
UNWIND $incidents AS wanted
CALL (wanted) {
  MATCH (a:IncidentAct)
  WHERE a.workspace = $workspace AND a.incident = wanted AND a.at IS NOT NULL
  RETURN a ORDER BY a.at DESC, a.id LIMIT $limit
}
RETURN a.id AS id, a.incident AS incident, a.kind AS kind, a.by AS by, a.at AS at, a.text AS text,
       coalesce(a.stage, '') AS stage, coalesce(a.level, '') AS level,
       coalesce(a.tokens, 0) AS tokens
