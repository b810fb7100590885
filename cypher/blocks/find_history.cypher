// The $limit newest executions on a component, and those for an incident; what has no time yet
// comes first.
// access: read
// params: workspace, component, incident, limit
// returns: id, incident, problem, component, template, status, outcome, started_at, ended_at
CALL () {
  MATCH (x:Execution {workspace: $workspace, component: $component})
  RETURN x ORDER BY x.started_at DESC, x.id LIMIT $limit
  UNION
  MATCH (x:Execution {workspace: $workspace, incident: $incident})
  RETURN x ORDER BY x.started_at DESC, x.id LIMIT $limit
}
RETURN x.id AS id, x.incident AS incident, x.problem AS problem, x.component AS component,
       x.template AS template, x.status AS status, x.outcome AS outcome,
       x.started_at AS started_at, x.ended_at AS ended_at
