// One node per source of imported knowledge.
CREATE CONSTRAINT knowledge_source IF NOT EXISTS FOR (n:KnowledgeSource) REQUIRE (n.workspace, n.source) IS UNIQUE;
