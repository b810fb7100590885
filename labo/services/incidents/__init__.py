"""What people read of an incident, and what they confirm about it."""
