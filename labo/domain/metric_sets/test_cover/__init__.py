"""The fewest, cheapest metrics that tell rival causes apart, as a covering problem."""
