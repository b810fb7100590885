// Save occurrences, sorted by id, on their component and as instances of their problem.
// access: write
// params: workspace, rows
// returns: -
UNWIND $rows AS row
MATCH (c:Component {workspace: $workspace, key: row.properties.component})
MATCH (p:Problem {workspace: $workspace, key: row.properties.problem})
MERGE (o:Occurrence {workspace: $workspace, id: row.id})
  ON CREATE SET o.created_at = datetime(), o.written_by = 'linking',
                o.system = c.system, o.environment = c.environment
SET o += row.properties, o.updated_at = datetime()
MERGE (o)-[:INSTANCE_OF]->(p)
MERGE (o)-[:ON]->(c)
