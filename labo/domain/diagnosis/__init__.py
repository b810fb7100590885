"""One case in, one analysis out; pure, without a clock, a database or a language model."""
