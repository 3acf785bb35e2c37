"""Forward passes as people write them: each module is a theme, each case a record."""

from importlib import import_module

from ._case import Case

MODULES = """
    dense activations losses softmax norm recurrent attention convolution pooling
    indexing views joining structure containers classes names star broadcasting sizes
    numerics linear_algebra einsum models embeddings sequences physics randomness
    defaults
""".split()

CASES: list[Case] = [
    case for name in MODULES for case in import_module(f".{name}", __name__).CASES
]
