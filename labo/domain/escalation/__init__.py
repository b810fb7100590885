"""What people and policies decide about an action; executes nothing."""
