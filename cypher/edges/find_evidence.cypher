// Evidence about the given edges, newest first, at most $limit each.
// access: read
// params: workspace, edges, limit
// returns: id, edge, kind, polarity, weight, observed_at, summary, system, provoked, origin, outcome, gap, order, exposure, onsets, company, pairs, effect, effect_squares
UNWIND $edges AS wanted
MATCH (e:CausalEdge {workspace: $workspace, key: wanted})
CALL (e) {
  MATCH (e)<-[:ABOUT]-(v:Evidence)
  RETURN v
  ORDER BY v.observed_at DESC, v.id
  LIMIT $limit
}
RETURN v.id AS id, v.edge AS edge, v.kind AS kind, v.polarity AS polarity, v.weight AS weight,
       v.observed_at AS observed_at, v.summary AS summary, v.system AS system,
       v.provoked AS provoked, v.origin AS origin, v.outcome AS outcome, v.gap AS gap,
       coalesce(v.order, 0) AS order, coalesce(v.exposure, 0.0) AS exposure,
       coalesce(v.onsets, 0) AS onsets, coalesce(v.company, []) AS company,
       coalesce(v.pairs, 0) AS pairs, coalesce(v.effect, 0.0) AS effect,
       coalesce(v.effect_squares, 0.0) AS effect_squares
