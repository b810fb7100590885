"""A living system in simulated time: components, calls, queues, caches, retries and faults.

It knows nothing of Labo, nor Labo of it: its output is read like any system's telemetry.
"""
