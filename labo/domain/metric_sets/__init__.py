"""Which few metrics distinguish rival problems; knows only a table of conditions."""
