// Wait until an index answers, at most $seconds.
// access: read
// params: name, seconds
// returns: -
CALL db.awaitIndex($name, $seconds)
