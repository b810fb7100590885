// The workspace and kind, next in order, of which jobs wait for their turn. One entry of the index
// is read for each, however many wait.
// access: read
// params: after_workspace, after_kind
// returns: workspace, kind
CALL () {
  MATCH (j:Job)
  WHERE j.workspace = $after_workspace AND j.kind > $after_kind AND j.turn IS NOT NULL
  RETURN j.workspace AS workspace, j.kind AS kind ORDER BY j.workspace, j.kind LIMIT 1
UNION
  MATCH (j:Job)
  WHERE j.workspace > $after_workspace AND j.kind IS NOT NULL AND j.turn IS NOT NULL
  RETURN j.workspace AS workspace, j.kind AS kind ORDER BY j.workspace, j.kind LIMIT 1
}
RETURN workspace, kind ORDER BY workspace, kind LIMIT 1
