"""A system that runs with the clock on the wall and can be operated meanwhile."""
