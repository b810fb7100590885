"""What people read of an incident and confirm about it."""
