// Save the deviations that a diagnosis saw as occurrences of the incident, given sorted by id. What
// a monitor reported there of the same problem is the occurrence already.
// access: write
// params: workspace, incident, rows
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
UNWIND $rows AS row
MATCH (p:Problem {workspace: $workspace, key: row.problem})
MATCH (c:Component {workspace: $workspace, key: row.component})
MATCH (k:Condition {workspace: $workspace, key: row.condition})
OPTIONAL MATCH (i)-[:INCLUDES]->(reported:Occurrence)
WHERE reported.component = row.component AND reported.problem = row.problem
WITH i, p, c, k, row, min(reported.id) AS reported
WITH i, p, c, k, row, coalesce(reported, row.id) AS id
OPTIONAL MATCH (known:Occurrence {workspace: $workspace, id: id})
WITH i, p, c, k, row, id, known IS NULL AS fresh
MERGE (o:Occurrence {workspace: $workspace, id: id})
  ON CREATE SET o += row.properties, o.system = i.system, o.environment = i.environment,
                o.created_at = datetime(), o.written_by = 'diagnosis'
SET o.updated_at = datetime()
MERGE (o)-[:INSTANCE_OF]->(p)
MERGE (o)-[:ON]->(c)
MERGE (o)-[:MEETS]->(k)
MERGE (i)-[:INCLUDES]->(o)
SET p.occurrences = p.occurrences + CASE WHEN fresh THEN 1 ELSE 0 END,
    p.last_seen = CASE WHEN p.last_seen < o.started_at THEN o.started_at ELSE p.last_seen END
