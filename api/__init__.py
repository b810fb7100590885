"""HTTP and GraphQL edge: parses, authorises, calls a service, converts; holds no rule."""
