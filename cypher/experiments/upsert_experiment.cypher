// Plan an experiment of a scenario; one that is stored already remains as it is.
// access: write
// params: workspace, id, scenario, properties, written_by
// returns: -
MATCH (s:Scenario {workspace: $workspace, key: $scenario})
MERGE (x:Experiment {workspace: $workspace, id: $id})
  ON CREATE SET x += $properties, x.scenario = $scenario, x.created_at = datetime(),
                x.updated_at = datetime(), x.written_by = $written_by
MERGE (x)-[:RUNS]->(s)
