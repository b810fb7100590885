"""Who may call: API tokens."""
