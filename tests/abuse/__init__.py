"""What harms, on purpose or not: frozen servers, greedy callers, on stacks of their own."""
