"""Planting mistakes in right programs, to see whether the checker finds them.

A mutator edits the text of a right program; the oracle runs the mutant beside the
original and says whether it learns something else. Neither knows the checker: what is
planted here and what the checker can mend are two lists, written apart.
"""

from .mutant import Mutant
from .oracle import Judged
from .plant import mutants, plant
from .reading import read
from .text import Program

__all__ = ["Judged", "Mutant", "Program", "mutants", "plant", "read"]
