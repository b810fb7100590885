// A page of problems in the order of its index, down to the key: many are last seen at one time.
CREATE INDEX problem_page IF NOT EXISTS FOR (n:Problem) ON (n.workspace, n.last_seen, n.key);
