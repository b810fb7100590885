"""Runs scenarios and keeps what their arms showed."""
