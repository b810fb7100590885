// Move an incident's escalation on from move $moves; no row when it moved meanwhile or was merged.
// The first SET takes the lock, so that of two moves from one place one is stored.
// access: write
// params: workspace, id, moves, stage, escalation_level, note, status, diagnosis, verdict, execution, at, by
// returns: status
MATCH (i:Incident {workspace: $workspace, id: $id})
SET i.updated_at = datetime()
WITH i
WHERE coalesce(i.moves, 0) = $moves AND i.merged_into IS NULL
SET i.stage_since = CASE WHEN i.stage = $stage THEN i.stage_since ELSE $at END,
    i.moves = $moves + 1, i.stage = $stage, i.rung = $escalation_level, i.escalation_note = $note,
    i.moved_by = $by,
    i.escalated_diagnosis = coalesce($diagnosis, i.escalated_diagnosis),
    i.escalated_verdict = coalesce($verdict, i.escalated_verdict),
    i.execution = coalesce($execution, i.execution), i.version = coalesce(i.version, 0) + 1,
    i.resolved_at = CASE WHEN $status = 'resolved' AND i.status <> 'closed'
                         THEN coalesce(i.resolved_at, $at) ELSE i.resolved_at END,
    i.resolution = CASE WHEN $status = 'resolved' THEN coalesce(i.resolution, $note)
                        ELSE i.resolution END,
    // What is over stays over: an escalation never opens an incident again.
    i.status = CASE WHEN i.status IN ['resolved', 'closed'] THEN i.status
                    ELSE coalesce($status, i.status) END
RETURN i.status AS status
