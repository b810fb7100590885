// Save a state of the learner under the next version.
// access: write
// params: workspace, properties
// returns: version
MERGE (counter:Lock {workspace: $workspace, key: 'snapshots'})
  ON CREATE SET counter.taken = 0, counter.created_at = datetime(),
                counter.written_by = 'learning'
SET counter.taken = counter.taken + 1, counter.updated_at = datetime()
CREATE (s:Snapshot {workspace: $workspace, version: counter.taken})
SET s += $properties, s.created_at = datetime(), s.updated_at = datetime(),
    s.written_by = 'learning'
RETURN s.version AS version
