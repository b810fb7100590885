// The $limit newest diagnoses of each incident named, newest first.
// access: read
// params: workspace, incidents, limit
// returns: id, incident, verdict, method, model_version, took_ms, suspects, chains, ruled_out, missing, next_metric, created_at, basis, changes
UNWIND $incidents AS wanted
CALL (wanted) {
  MATCH (d:Diagnosis {workspace: $workspace, incident: wanted})
  RETURN d ORDER BY d.created_at DESC, d.id LIMIT $limit
}
RETURN d.id AS id, d.incident AS incident, d.verdict AS verdict, d.method AS method,
       d.model_version AS model_version, d.took_ms AS took_ms, d.suspects AS suspects,
       d.chains AS chains, d.ruled_out AS ruled_out, d.missing AS missing,
       d.next_metric AS next_metric, d.created_at AS created_at,
       d.basis AS basis, coalesce(d.changes, '[]') AS changes
