"""What Labo is worth, measured on public data and made-up worlds, with a control in each run."""
