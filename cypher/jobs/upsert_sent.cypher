// Take the jobs of one kind whose turn it is, as many as may be under way at once; each is due again
// by the time its message must be taken for lost, later every time.
// access: write
// params: workspace, kind, most, grace
// returns: subject
CALL () {
  MATCH (s:Job)
  WHERE s.workspace = $workspace AND s.kind = $kind AND s.sent_at IS NOT NULL
  RETURN count(s) AS sent
}
MATCH (j:Job)
WHERE j.workspace = $workspace AND j.kind = $kind AND j.turn IS NOT NULL
// In the order of the index, all of it: what waits behind the first ones is not read.
WITH sent, j ORDER BY j.workspace, j.kind, j.turn LIMIT $most
WITH sent, collect(j) AS first
UNWIND first[..CASE WHEN sent < $most THEN $most - sent ELSE 0 END] AS j
// Takes the locks, in the order that everybody takes them in: of two at once, the second one sees
// what the first has taken.
WITH j ORDER BY j.id
SET j.updated_at = datetime()
WITH j
WHERE j.turn IS NOT NULL
SET j.turn = null, j.sent_at = datetime(),
    j.due_at = datetime() + duration({seconds: CASE WHEN j.sends = 0 THEN $grace
                                                    WHEN j.sends > 5 THEN 3600
                                                    ELSE 60 * toInteger(2 ^ j.sends) END}),
    j.sends = j.sends + 1
RETURN j.subject AS subject
