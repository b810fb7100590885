"""Prompts, each with the model of its answer: what a language model gets and what it may reply."""
