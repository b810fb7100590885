"""A living system in simulated time: components, calls, queues, caches, retries and faults.

It knows nothing of Labo and nothing of it is known to Labo: what it writes is read as any
system's telemetry is.
"""
