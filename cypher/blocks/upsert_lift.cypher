// Remember that a person lifted a block; the first one counts, and is returned.
// access: write
// params: workspace, id, block, properties
// returns: id, block, problem, component, forgives, by, reason, at
MATCH (b:ActionBlock {workspace: $workspace, id: $block})
MERGE (l:BlockLift {workspace: $workspace, id: $id})
  ON CREATE SET l += $properties, l.created_at = datetime(), l.updated_at = datetime(),
                l.written_by = $properties.by
MERGE (l)-[:LIFTS]->(b)
RETURN l.id AS id, l.block AS block, l.problem AS problem, l.component AS component,
       l.forgives AS forgives, l.by AS by, l.reason AS reason, l.at AS at
