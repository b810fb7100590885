"""Everything that knows Neo4j: typed values in, domain values out; no driver type leaves."""
