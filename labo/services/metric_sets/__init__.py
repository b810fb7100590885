"""Which few metrics distinguish problems: answered when asked, and stored."""
