"""Folds experiences into knowledge, and rolls back."""
