// The labelled incidents of an incident, newest first.
// access: read
// params: workspace, incident
// returns: id, kind, system, occurred_at, content, incident, authenticated, replaces, seq
MATCH (e:Experience {workspace: $workspace, incident: $incident})
WHERE e.kind = 'lesson'
RETURN e.id AS id, e.kind AS kind, e.system AS system, e.occurred_at AS occurred_at,
       e.content AS content, e.incident AS incident, e.authenticated AS authenticated,
       e.replaces AS replaces, e.seq AS seq
ORDER BY seq DESC
