"""`labo demo` and `labo demo-lab`: the product shown end to end."""
