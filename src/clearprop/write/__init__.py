"""Spelling: graphs written out as NumPy code and as LaTeX."""
