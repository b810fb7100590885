// The newest number taken, and how many experiences are in quarantine.
// access: read
// params: workspace
// returns: last, quarantined
OPTIONAL MATCH (counter:Lock {workspace: $workspace, key: 'experiences'})
RETURN coalesce(counter.taken, 0) AS last,
       COUNT { MATCH (e:Experience {workspace: $workspace})
               WHERE e.seq > 0 AND NOT e.authenticated } AS quarantined
