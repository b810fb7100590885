// Forget those of the problems named that exist only because their name was given with a cause of
// this incident: created and named by that confirmation, never met, and in nothing that people,
// alerts or experiments said. What was computed from them goes with them.
// access: write
// params: workspace, incident, keys
// returns: key
UNWIND $keys AS key
MATCH (p:Problem {workspace: $workspace, key: key})
WHERE coalesce(p.occurrences, 0) = 0 AND coalesce(p.lessons, 0) <= 1
  AND p.created_at >= p.named_at
  AND EXISTS {
    MATCH (a:IncidentAct {workspace: $workspace, incident: $incident, at: p.named_at})
    WHERE a.kind = 'cause_confirmed'
  }
  AND NOT EXISTS { MATCH (p)-[r]-() WHERE NOT r:SHOWS AND NOT r:SEPARATES }
DETACH DELETE p
RETURN key
