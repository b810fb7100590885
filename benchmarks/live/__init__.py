"""Real applications with real faults beside a whole stack, and what it says at every moment."""
