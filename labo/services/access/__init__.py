"""Who may call: API tokens, issued, revoked and checked."""
