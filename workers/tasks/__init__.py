"""Celery tasks, a module a topic: ids in, one service method called."""
