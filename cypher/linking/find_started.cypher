// Incidents with an occurrence that started within one of the windows, and on which component.
// access: read
// params: workspace, windows
// returns: incident, component
UNWIND $windows AS span
MATCH (o:Occurrence {workspace: $workspace})
WHERE o.started_at >= span[0] AND o.started_at <= span[1]
MATCH (i:Incident)-[:INCLUDES]->(o)
WHERE i.status <> 'closed'
RETURN DISTINCT i.id AS incident, o.component AS component
