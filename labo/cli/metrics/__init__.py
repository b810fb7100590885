"""`labo metrics`: minimal sets, plans and the most informative metrics."""
