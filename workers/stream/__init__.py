"""The stream process: the only writer of the telemetry store."""
