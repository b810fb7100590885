// Save a scenario as it is run now, and reserve seeds that no other experiment of it has.
// access: write
// params: workspace, key, properties, seeds, written_by
// returns: first_seed
MERGE (s:Scenario {workspace: $workspace, key: $key})
  ON CREATE SET s.next_seed = 1, s.created_at = datetime(), s.written_by = $written_by
SET s += $properties, s.next_seed = s.next_seed + $seeds, s.updated_at = datetime()
RETURN s.next_seed - $seeds AS first_seed
