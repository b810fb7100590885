// The few incidents that last, for what looks whether they still do.
CREATE INDEX incident_ongoing IF NOT EXISTS FOR (n:Incident) ON (n.ongoing);
