// Save one analysis of an incident with its suspects; the same one again changes nothing.
// access: write
// params: workspace, id, incident, properties, suspects
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $incident})
MERGE (d:Diagnosis {workspace: $workspace, id: $id})
  ON CREATE SET d += $properties, d.incident = $incident, d.created_at = datetime(),
                d.updated_at = datetime(), d.written_by = 'diagnosis'
MERGE (i)-[:DIAGNOSED_BY]->(d)
WITH d
UNWIND $suspects AS suspect
MATCH (c:Component {workspace: $workspace, key: suspect.component})
MERGE (d)-[s:SUSPECTS {rank: suspect.rank}]->(c)
  ON CREATE SET s.probability = suspect.probability, s.reasons = suspect.reasons
