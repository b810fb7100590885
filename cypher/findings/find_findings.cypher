// The findings about several incidents, newest first.
// access: read
// params: workspace, incidents
// returns: id, incident, summary, validated_by, reason, created_at, labels
UNWIND $incidents AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})<-[:ABOUT]-(f:Finding)
RETURN f.id AS id, f.incident AS incident, f.summary AS summary,
       f.validated_by AS validated_by, f.reason AS reason, f.created_at AS created_at,
       f.labels AS labels
ORDER BY incident, created_at DESC, id
