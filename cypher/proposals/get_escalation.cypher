// Where an incident stands on the ladder.
// access: read
// params: workspace, id
// returns: rung, diagnosis, verdict, note
MATCH (i:Incident {workspace: $workspace, id: $id})
RETURN coalesce(i.rung, 'memory') AS rung, i.escalated_diagnosis AS diagnosis,
       i.escalated_verdict AS verdict, i.escalation_note AS note
