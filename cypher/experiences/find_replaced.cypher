// Which experiences are corrected by others, and by which; none beyond $last.
// access: read
// params: workspace, last
// returns: replaced, by
MATCH (e:Experience {workspace: $workspace})
WHERE e.seq <= $last AND e.authenticated AND size(e.replaces) > 0
UNWIND e.replaces AS corrected
MATCH (old:Experience {workspace: $workspace, id: corrected})
RETURN old.seq AS replaced, e.seq AS by
ORDER BY by, replaced
