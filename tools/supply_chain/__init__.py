"""What the product consists of, and which known holes are in it."""
