// Record one applied schema change behind its predecessor.
// access: write
// params: version, name, checksum
// returns: -
MERGE (m:Migration {version: $version})
  ON CREATE SET m.name = $name, m.checksum = $checksum, m.applied_at = datetime()
WITH m
OPTIONAL MATCH (before:Migration {version: $version - 1})
FOREACH (b IN CASE WHEN before IS NULL THEN [] ELSE [before] END | MERGE (m)-[:AFTER]->(b))
