"""Tracing: running the user's NumPy code, as it is, into a graph."""
