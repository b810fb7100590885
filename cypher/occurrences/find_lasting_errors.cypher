// Log errors of every workspace that last: when each began, and the time and the receipt of its last
// event.
// access: read
// params: thread_prefix, limit
// returns: workspace, system, component, dedup_key, severity, title, began_at, event_at, received_at
MATCH (i:Incident)
WHERE i.ongoing > 0
MATCH (i)-[:INCLUDES]->(o:Occurrence)-[:ON]->(c:Component)
WHERE o.ended_at IS NULL AND o.dedup_key STARTS WITH $thread_prefix
WITH o, c LIMIT $limit
MATCH (o)-[:INSTANCE_OF]->(p:Problem)
MATCH (e:Event)-[:SIGNALS]->(o)
RETURN o.workspace AS workspace, c.system AS system, c.name AS component,
       o.dedup_key AS dedup_key, o.severity AS severity, p.title AS title, o.started_at AS began_at,
       max(coalesce(e.starts_at, e.received_at)) AS event_at, max(e.received_at) AS received_at
