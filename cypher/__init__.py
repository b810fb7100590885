"""Cypher files, one statement each; `graph.statements` loads and checks them."""
