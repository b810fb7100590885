"""Random systems from a seed: the same seed gives the same system."""
