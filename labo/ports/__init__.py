"""What the product needs from outside, as Protocols of at most three methods."""
