"""Log lines: formats, time stamps, error detection, thresholds. Pure, no I/O."""
