"""Which known problem is it? Readings, signatures learnt from lessons, and their likelihood."""
