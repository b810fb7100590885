"""Notifications to whoever is outside: one channel per file."""
