"""May this be done, by whom, at what price: autonomy, policies, trust, budgets."""
