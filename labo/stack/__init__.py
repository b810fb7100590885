"""The embedded Neo4j and Valkey, and the supervisor of `labo up`; knows no service."""
