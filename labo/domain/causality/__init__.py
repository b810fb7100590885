"""What a causal edge says and what moves it; knows no incident and no diagnosis."""
