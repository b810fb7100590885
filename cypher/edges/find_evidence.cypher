// Evidence about the given edges, newest first, at most $limit each.
// access: read
// params: workspace, edges, limit
// returns: id, edge, kind, polarity, weight, observed_at, summary, system, provoked, origin
UNWIND $edges AS wanted
MATCH (e:CausalEdge {workspace: $workspace, key: wanted})
CALL (e) {
  MATCH (e)<-[:ABOUT]-(v:Evidence)
  RETURN v
  ORDER BY v.observed_at DESC, v.id
  LIMIT $limit
}
RETURN v.id AS id, e.key AS edge, v.kind AS kind, v.polarity AS polarity, v.weight AS weight,
       v.observed_at AS observed_at, v.summary AS summary, v.system AS system,
       v.provoked AS provoked, v.origin AS origin
