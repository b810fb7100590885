// Save which level the escalation reached on one diagnosis, once; no row when it was stored before
// or the incident is over. The first SET takes the lock, so that of two escalations one is stored.
// access: write
// params: workspace, id, diagnosis, escalation_level, verdict, note, awaiting
// returns: id
MATCH (i:Incident {workspace: $workspace, id: $id})
SET i.updated_at = datetime()
WITH i
WHERE NOT i.status IN ['resolved', 'closed'] AND i.merged_into IS NULL
  AND coalesce(i.escalated_diagnosis, '') <> $diagnosis
SET i.escalated_diagnosis = $diagnosis, i.rung = $escalation_level, i.escalated_verdict = $verdict,
    i.escalation_note = $note, i.version = coalesce(i.version, 0) + 1,
    i.status = CASE
      WHEN $awaiting THEN 'awaiting_decision'
      WHEN i.status = 'awaiting_decision' THEN 'diagnosed'
      ELSE i.status END
RETURN i.id AS id
