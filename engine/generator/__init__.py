"""Systems made up from a seed."""
