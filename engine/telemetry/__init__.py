"""What a run emits: OTLP, case folders, summaries."""
