"""Systems made up from a seed: the same seed, the same system."""
