"""Language models behind one port: one vendor per file, and one without a model."""
