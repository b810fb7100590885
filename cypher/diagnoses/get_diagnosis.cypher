// One diagnosis by its id.
// access: read
// params: workspace, id
// returns: id, incident, verdict, method, model_version, took_ms, suspects, chains, ruled_out, missing, next_metric, created_at, basis, changes
MATCH (d:Diagnosis {workspace: $workspace, id: $id})
RETURN d.id AS id, d.incident AS incident, d.verdict AS verdict, d.method AS method,
       d.model_version AS model_version, d.took_ms AS took_ms, d.suspects AS suspects,
       d.chains AS chains, d.ruled_out AS ruled_out, d.missing AS missing,
       d.next_metric AS next_metric, d.created_at AS created_at,
       d.basis AS basis, coalesce(d.changes, '[]') AS changes
