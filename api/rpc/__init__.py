"""OTLP over gRPC, which answers as OTLP over HTTP does and denies by default."""
