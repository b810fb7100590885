// An incident's title names the cause while it is known, else the symptom. One that a person gave
// stays, and the one of a confirmed cause unless $confirmed.
// access: write
// params: workspace, id, title, confirmed
// returns: -
MATCH (i:Incident {workspace: $workspace, id: $id})
WHERE i.titled_by IS NULL AND ($confirmed OR NOT EXISTS { (i)-[:CAUSED_BY]->() })
WITH i, coalesce(i.symptom, i.title) AS symptom
SET i.title = coalesce($title, symptom),
    i.symptom = CASE WHEN $title IS NULL THEN null ELSE symptom END, i.updated_at = datetime()
