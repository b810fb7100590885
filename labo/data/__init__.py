"""Data that comes with the product; no code."""
