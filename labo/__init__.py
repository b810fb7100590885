"""The product's core in layers: edges, services, adapters and ports, the domain at the bottom."""
