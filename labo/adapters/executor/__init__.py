"""Carries an approved action out, once for an id; reports what is sure and decides nothing."""
