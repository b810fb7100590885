"""What lives in Valkey: leases, streams and change notices."""
