"""The fewest, cheapest metrics that tell rival causes apart."""
