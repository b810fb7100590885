"""From an incident to its stored diagnosis: loads the case, has it analysed, writes once."""
