"""Which few metrics tell problems apart, asked and stored."""
