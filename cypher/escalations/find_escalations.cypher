// Where the incidents named stand in their escalation, in no order.
// access: read
// params: workspace, ids
// returns: incident, escalation_level, diagnosis, verdict, note, stage, moves, execution, since, moved_by
UNWIND $ids AS wanted
MATCH (i:Incident {workspace: $workspace, id: wanted})
RETURN i.id AS incident, coalesce(i.rung, 'memory') AS escalation_level,
       i.escalated_diagnosis AS diagnosis,
       i.escalated_verdict AS verdict, i.escalation_note AS note, i.stage AS stage,
       coalesce(i.moves, 0) AS moves, i.execution AS execution, i.stage_since AS since,
       coalesce(i.moved_by, '') AS moved_by
