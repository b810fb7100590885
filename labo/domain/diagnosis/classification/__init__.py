"""Which known problem it is; never imports localisation."""
