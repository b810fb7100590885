"""Detection without alerts: streaming detectors over series, pure and on event time alone."""
