"""Embedders behind one port; the default needs no download."""
