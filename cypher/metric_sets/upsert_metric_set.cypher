// Save the newest minimal metric set of one subject (an incident or a problem); false when another
// write deleted it at the same moment.
// access: write
// params: workspace, id, subject, properties
// returns: kept
MERGE (m:MetricSet {workspace: $workspace, id: $id})
  ON CREATE SET m.created_at = datetime(), m.written_by = 'diagnosis'
SET m += $properties, m.subject = $subject, m.updated_at = datetime()
RETURN m.subject IS NOT NULL AS kept
