// The occurrences named, with their stored traces.
// access: read
// params: workspace, ids
// returns: occurrence, trace_ids
UNWIND $ids AS id
MATCH (o:Occurrence {workspace: $workspace, id: id})
RETURN o {.id, .problem, .component, .severity, .started_at, .dedup_key, .ended_at,
          .provoked} AS occurrence, coalesce(o.trace_ids, []) AS trace_ids
