// Append an entry to the chain whose turn the transaction has; none is ever written over.
// access: write
// params: workspace, seq, digest, properties
// returns: -
MATCH (l:Lock {workspace: $workspace, key: 'audit'})
CREATE (e:AuditEntry {workspace: $workspace, seq: $seq})
SET e += $properties, e.created_at = datetime(), e.updated_at = datetime(), e.written_by = 'audit',
    l.position = $seq, l.digest = $digest
