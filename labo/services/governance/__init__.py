"""May this be executed: templates and their fate, the policy, the autonomy, the budget."""
