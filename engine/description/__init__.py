"""What a system is: read, checked, never run."""
