"""Notifications to receivers outside: one channel per file."""
