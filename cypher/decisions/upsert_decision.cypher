// Save a decision on its proposal and move the incident to the resulting status; no row when the
// incident is over by now.
// access: write
// params: workspace, id, proposal, properties, status, escalation_level, note, again
// returns: incident
MATCH (p:Proposal {workspace: $workspace, id: $proposal})-[:FOR]->(i:Incident)
// Takes the lock, so that an incident that is being resolved is seen as resolved.
SET i.updated_at = datetime()
WITH p, i
WHERE NOT i.status IN ['resolved', 'closed'] AND i.merged_into IS NULL
MERGE (d:Decision {workspace: $workspace, id: $id})
  ON CREATE SET d += $properties, d.created_at = datetime(), d.updated_at = datetime(),
                d.written_by = $properties.decided_by
MERGE (d)-[:DECIDES]->(p)
SET i.status = $status, i.rung = $escalation_level, i.escalation_note = $note,
    i.escalated_diagnosis = CASE WHEN $again THEN null ELSE i.escalated_diagnosis END,
    i.version = coalesce(i.version, 0) + 1
RETURN i.id AS incident
