"""From a case to its ranked causes: pure, without a clock, a database or a model."""
