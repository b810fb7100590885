"""What a run emits: OTLP, case folders and summaries of its records."""
