"""Commands on what was learnt from resolved incidents, and on what resolving them costs."""
