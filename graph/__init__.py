"""Everything that knows Neo4j. Typed values in, domain values out; no driver type leaves."""
