"""Training: the loop around the graph, its engines, the data that goes in.

``train`` (``loop.py``) binds a forward pass to parameters and data (``plan.py``), hands
the steps to an engine (NumPy, native or JAX) and returns a ``Run``. Nothing in here
derives anything: the gradients come from ``clearprop.backward``.
"""
