"""What enforces the project's rules: lints, and the commands that make files from code."""
