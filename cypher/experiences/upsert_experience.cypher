// Save one experience under the next number; one that is stored already retains its own.
// access: write
// params: workspace, id, properties
// returns: seq
MERGE (counter:Lock {workspace: $workspace, key: 'experiences'})
  ON CREATE SET counter.taken = 0, counter.created_at = datetime(),
                counter.written_by = 'learning'
SET counter.updated_at = datetime()
WITH counter
MERGE (e:Experience {workspace: $workspace, id: $id})
  ON CREATE SET e += $properties, e.seq = counter.taken + 1, e.created_at = datetime(),
                e.updated_at = datetime(), e.written_by = 'learning'
SET counter.taken = CASE WHEN e.seq > counter.taken THEN e.seq ELSE counter.taken END
RETURN e.seq AS seq
