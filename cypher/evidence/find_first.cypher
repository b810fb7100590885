// When the first episode on a component with a key like $prefix started.
// access: read
// params: workspace, prefix
// returns: started_at
MATCH (o:Occurrence)
WHERE o.workspace = $workspace AND o.started_at > datetime('1970-01-01')
WITH o
ORDER BY o.workspace, o.started_at
WHERE o.component STARTS WITH $prefix
RETURN o.started_at AS started_at
LIMIT 1
