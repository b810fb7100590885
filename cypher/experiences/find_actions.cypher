// What was learnt from the actions on some incidents, in the order of its numbers.
// access: read
// params: workspace, incidents
// returns: id, kind, system, occurred_at, content, incident, authenticated, replaces, seq
UNWIND $incidents AS wanted
MATCH (e:Experience {workspace: $workspace, incident: wanted})
WHERE e.kind = 'action'
RETURN e.id AS id, e.kind AS kind, e.system AS system, e.occurred_at AS occurred_at,
       e.content AS content, e.incident AS incident, e.authenticated AS authenticated,
       e.replaces AS replaces, e.seq AS seq
ORDER BY seq
