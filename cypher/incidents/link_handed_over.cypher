// The older incident takes over what people said about the younger one's fault: remarks, confirmed
// causes and their findings. What people did with the younger incident stays with it.
// access: write
// params: workspace, rows
// returns: incident, comments, causes
UNWIND $rows AS row
MATCH (older:Incident {workspace: $workspace, id: row.older})
MATCH (younger:Incident {workspace: $workspace, id: row.younger})
CALL (older, younger) {
  MATCH (a:IncidentAct)-[about:ABOUT]->(younger)
  WHERE a.kind IN ['commented', 'cause_confirmed']
  MERGE (a)-[:ABOUT]->(older)
  SET a.incident = older.id
  DELETE about
  RETURN count(CASE a.kind WHEN 'commented' THEN 1 END) AS comments
}
CALL (older, younger) {
  MATCH (f:Finding)-[about:ABOUT]->(younger)
  MERGE (f)-[:ABOUT]->(older)
  SET f.incident = older.id
  DELETE about
  RETURN count(f) AS findings
}
CALL (older, younger) {
  MATCH (younger)-[by:CAUSED_BY]->(cause)
  MERGE (older)-[taken:CAUSED_BY]->(cause)
    ON CREATE SET taken += properties(by)
  DELETE by
  RETURN count(cause) AS causes
}
RETURN younger.id AS incident, comments, causes
