"""GraphQL, a module a topic: types converted from domain values, resolvers that call services."""
