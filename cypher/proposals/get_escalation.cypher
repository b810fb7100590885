// Where an incident stands in the escalation.
// access: read
// params: workspace, id
// returns: escalation_level, diagnosis, verdict, note
MATCH (i:Incident {workspace: $workspace, id: $id})
RETURN coalesce(i.rung, 'memory') AS escalation_level, i.escalated_diagnosis AS diagnosis,
       i.escalated_verdict AS verdict, i.escalation_note AS note
