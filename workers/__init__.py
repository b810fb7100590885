"""Background edge: Celery tasks and the stream process; parses, calls one service, retries."""
