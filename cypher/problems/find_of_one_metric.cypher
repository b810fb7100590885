// Problems, in every workspace, that may be named by one metric and its direction, as they were
// before problems were behaviours; the caller knows by the key.
// access: read
// params: kind, statuses
// returns: workspace, subject
MATCH (p:Problem)
WHERE p.kind = $kind AND p.status IN $statuses AND p.title ENDS WITH ' on ' + p.role
RETURN p.workspace AS workspace, p.key AS subject
ORDER BY workspace, subject
