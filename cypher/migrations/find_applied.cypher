// Schema changes that this database already has.
// access: read
// params: -
// returns: version, checksum
MATCH (m:Migration)
RETURN m.version AS version, m.checksum AS checksum
ORDER BY version
