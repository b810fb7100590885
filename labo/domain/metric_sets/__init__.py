"""Which readings tell rival problems apart; knows only a table of conditions."""
