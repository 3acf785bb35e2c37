"""clearprop: the forward pass goes in, the written backward pass comes out."""

__version__ = "0.1.0"
