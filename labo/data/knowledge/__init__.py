"""What was learnt in the lab, made by `labo lab pack`; README.md is its card."""
