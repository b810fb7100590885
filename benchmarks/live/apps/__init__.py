"""Small instrumented applications in processes of their own; they know nothing of Labo."""
