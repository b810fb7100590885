// Who calls whom, given sorted by source and target; pairs of unknown components are left out.
// access: write
// params: workspace, rows
// returns: linked
UNWIND $rows AS row
MATCH (caller:Component {workspace: $workspace, key: row.source})
MATCH (callee:Component {workspace: $workspace, key: row.target})
MERGE (caller)-[d:DEPENDS_ON]->(callee)
SET d.source = row.origin, d.last_seen = coalesce(row.last_seen, d.last_seen, datetime())
RETURN count(d) AS linked
