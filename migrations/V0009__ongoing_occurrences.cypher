// How many occurrences that a monitor reported are ongoing in each incident, kept from here on.
MATCH (i:Incident) WHERE i.ongoing IS NULL
CALL (i) {
  SET i.ongoing = COUNT { (i)-[:INCLUDES]->(o:Occurrence)
                          WHERE o.ended_at IS NULL AND NOT o.dedup_key STARTS WITH 'seen:' }
} IN TRANSACTIONS OF 1000 ROWS;
