"""What a workspace permits, who changed it, and at what price."""
