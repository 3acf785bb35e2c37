"""Data for training: files, frames and arrays, as numbers that fit the network.

``read_data`` gives a ``Table`` (examples, and the target beside them, each cell with
its place for errors); ``Preparation`` turns it into what the network takes, is kept
with the weights, and prepares new data the same way.
"""

from clearprop.training.data.preparation import Preparation
from clearprop.training.data.reading import read_data
from clearprop.training.data.table import Table

__all__ = ["Preparation", "Table", "read_data"]
