// The index names the workspace, so that a search reads only the hits of its own.
DROP INDEX knowledge_text IF EXISTS;
CREATE FULLTEXT INDEX knowledge_by_workspace IF NOT EXISTS FOR (n:Problem|Incident|Finding) ON EACH [n.title, n.summary, n.resolution, n.workspace];
