// How many nodes and relationships the graph holds, of every workspace.
// access: read
// params: -
// returns: kind, count
MATCH (n)
WITH count(n) AS count
RETURN "nodes" AS kind, count
UNION ALL
MATCH ()-[r]->()
WITH count(r) AS count
RETURN "relationships" AS kind, count
