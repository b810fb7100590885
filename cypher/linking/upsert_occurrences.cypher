// Save occurrences, sorted by id, on their component and as instances of their problem. Times come
// as [seconds, nanoseconds].
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (c:Component {workspace: $workspace, key: row.properties.component})
MATCH (p:Problem {workspace: $workspace, key: row.properties.problem})
MERGE (o:Occurrence {workspace: $workspace, id: row.id})
  ON CREATE SET o.created_at = datetime(), o.written_by = 'linking',
                o.system = c.system, o.environment = c.environment
SET o += row.properties, o.updated_at = datetime(),
    o.started_at = datetime.fromEpoch(row.started_at[0], row.started_at[1]),
    o.ended_at = CASE WHEN row.ended_at IS NOT NULL
                      THEN datetime.fromEpoch(row.ended_at[0], row.ended_at[1]) END
MERGE (o)-[:INSTANCE_OF]->(p)
MERGE (o)-[:ON]->(c)
