// Of each thread the episodes around a moment, with the incident that includes each: the two
// that began last up to then, and the one that began next; and since when the incident is over of
// one without an end.
// access: read
// params: workspace, rows
// returns: incident, id, problem, component, severity, dedup_key, provoked, started_us, ended_us, over_us
UNWIND $rows AS row
WITH row.thread AS thread, datetime.fromEpoch(row.at[0], row.at[1]) AS at
CALL (thread, at) {
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.dedup_key = thread AND o.started_at <= at
  RETURN o ORDER BY o.workspace DESC, o.dedup_key DESC, o.started_at DESC LIMIT 2
UNION
  MATCH (o:Occurrence)
  WHERE o.workspace = $workspace AND o.dedup_key = thread AND o.started_at > at
  RETURN o ORDER BY o.workspace, o.dedup_key, o.started_at LIMIT 1
}
WITH DISTINCT o
OPTIONAL MATCH (i:Incident)-[:INCLUDES]->(o)
RETURN i.id AS incident, o.id AS id, o.problem AS problem, o.component AS component,
       o.severity AS severity, o.dedup_key AS dedup_key, coalesce(o.provoked, false) AS provoked,
       o.started_at.epochSeconds * 1000000 + o.started_at.microsecond AS started_us,
       o.ended_at.epochSeconds * 1000000 + o.ended_at.microsecond AS ended_us,
       CASE WHEN o.ended_at IS NULL AND i.status IN ['resolved', 'closed']
            THEN i.resolved_at.epochSeconds * 1000000 + i.resolved_at.microsecond END AS over_us
