"""OTLP requests, protobuf or JSON, into the domain's spans, lines and points."""
