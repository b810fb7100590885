"""OTLP: requests in protobuf and JSON, and what the stream process reads out of them."""
