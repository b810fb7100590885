"""The fewest, cheapest metrics that distinguish rival causes, as a covering problem."""
