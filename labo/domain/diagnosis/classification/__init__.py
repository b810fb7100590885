"""Which known problem the root cause is; never imports localisation."""
