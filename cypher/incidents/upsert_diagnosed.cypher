// An open incident is diagnosed now; one that went further stays where it is.
// access: write
// params: workspace, id
// returns: status
MATCH (i:Incident {workspace: $workspace, id: $id})
SET i.status = CASE i.status WHEN 'open' THEN 'diagnosed' ELSE i.status END,
    i.version = i.version + 1, i.updated_at = datetime()
RETURN i.status AS status
