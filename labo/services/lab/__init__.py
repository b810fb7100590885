"""Runs scenarios and stores what their arms showed."""
