// The decisions with the ids $ids, in no order.
// access: read
// params: workspace, ids
// returns: id, proposal, proposal_digest, verdict, reason, decided_by, decided_at
UNWIND $ids AS wanted
MATCH (d:Decision {workspace: $workspace, id: wanted})
RETURN d.id AS id, d.proposal AS proposal, d.proposal_digest AS proposal_digest,
       d.verdict AS verdict, d.reason AS reason, d.decided_by AS decided_by,
       d.decided_at AS decided_at
