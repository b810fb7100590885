"""What a causal edge claims and what evidence changes it; knows no incident and no diagnosis."""
