// Which experiences are corrected by others, and by which; none beyond $last.
// access: read
// params: workspace, last
// returns: replaced, by
MATCH (e:Experience {workspace: $workspace})
WHERE e.seq <= $last AND e.replaces IS NOT NULL AND e.authenticated
MATCH (old:Experience {workspace: $workspace, id: e.replaces})
RETURN old.seq AS replaced, e.seq AS by
ORDER BY by
