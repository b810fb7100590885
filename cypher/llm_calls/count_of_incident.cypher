// How many calls an incident has had, and what they cost or hold reserved (µEUR).
// access: read
// params: workspace, incident
// returns: calls, money
MATCH (c:LlmCall)
WHERE c.workspace = $workspace AND c.incident = $incident AND c.at IS NOT NULL
RETURN count(c) AS calls,
       sum(CASE WHEN c.status = 'reserved' THEN c.reserved ELSE c.cost END) AS money
