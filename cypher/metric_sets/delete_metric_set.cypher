// Forget the minimal metric set of one subject.
// access: write
// params: workspace, subject
// returns: -
MATCH (m:MetricSet {workspace: $workspace, subject: $subject})
DETACH DELETE m
