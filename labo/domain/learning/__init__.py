"""Folds experiences into knowledge; the only room that changes what is known."""
