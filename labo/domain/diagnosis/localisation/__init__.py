"""Which component is the root cause; never imports classification."""
