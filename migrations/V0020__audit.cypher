// The audit chain: one entry per number and workspace, read in order.
CREATE CONSTRAINT audit_entry_seq IF NOT EXISTS FOR (n:AuditEntry) REQUIRE (n.workspace, n.seq) IS UNIQUE;
