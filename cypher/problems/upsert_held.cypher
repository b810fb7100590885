// Hold problems until the transaction ends, given sorted by key; what is read of them then stays.
// access: write
// params: workspace, keys
// returns: key, canonical
UNWIND $keys AS wanted
MATCH (p:Problem {workspace: $workspace, key: wanted})
// Takes the lock, so that what is read below is the last committed value.
SET p.updated_at = datetime()
RETURN p.key AS key, coalesce(p.merged_into, p.key) AS canonical
