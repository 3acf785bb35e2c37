"""Newton's method and its like: ``theta -= np.linalg.solve(H, grad)``.

A step along a gradient that a symmetric, positive definite matrix has turned goes
downhill, whatever the matrix (Nocedal and Wright 2006, section 3.1). Comes in a step
that is no multiple of the gradient; goes out the gradient in it that a system of
equations was solved with, and which way it moves the weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.checking.reading import Update
from clearprop.checking.replays import Scene
from clearprop.checking.terms import bare
from clearprop.graph import Node, ordered

_MOST = 64  # entries of a weight, each of which is tried alone
_CLOSE = 1e-6
_SCALED = frozenset(("transpose", "neg", "mul", "div"))


def solved_with(scene: Scene, update: Update) -> Iterator[tuple[Node, int]]:
    """Each gradient that a step solves with, and -1 where it moves the weight down."""
    if update.before.ndim != 1 or update.before.shape[0] > _MOST:
        return
    for node in ordered([update.after]):
        if node in scene.below or node.index <= update.before.index:
            continue
        for gate in _solved(node):
            turn = _turn(scene, update, gate)
            if turn:
                yield gate, turn


def _solved(node: Node) -> list[Node]:
    """The b of ``np.linalg.solve(A, b)``, ``np.linalg.inv(A) @ b`` and ``b @ inv(A)``.

    From the right it is the transpose that turns b: the same where A is symmetric.
    """
    if node.op.name == "solve":
        found = [node.inputs[1]]
    elif node.op.name == "matmul":
        sides = zip(node.inputs, reversed(node.inputs))
        found = [b for inverse, b in sides if _is_inverse(inverse)]
    else:
        found = []
    return [b for b in found if b.shape == node.shape]


def _is_inverse(node: Node) -> bool:
    """An inverse, its transpose, or a number times it: ``rate * inv(A) @ b``."""
    node = bare(node)
    while node.op.name in _SCALED:
        node = max(map(bare, node.inputs), key=lambda side: side.ndim)
    return node.op.name in ("inv", "pinv")


def _turn(scene: Scene, update: Update, gate: Node) -> int:
    """The sign of the matrix that a step multiplies the gradient with; 0 for none."""
    size = update.before.shape[0]

    def moved(value: Any) -> np.ndarray:
        made = scene.changed([update.after], {gate: [value]}, 1)[0][0]
        old: np.ndarray = scene.values(update.before)[0]
        move: np.ndarray = np.asarray(made, dtype=float) - old
        return move

    try:
        columns = [moved(entry) for entry in np.eye(size)]
        rest = moved(np.zeros(size))
        matrix = np.stack(columns, axis=1)
        if np.any(np.abs(rest) > _CLOSE * np.abs(matrix).max()):
            return 0
        if not np.allclose(matrix, matrix.T, rtol=_CLOSE, atol=0):
            return 0
        values = np.linalg.eigvalsh(matrix)
    except (ValueError, np.linalg.LinAlgError):
        return 0
    return (
        int(np.sign(values[0])) if (np.sign(values) == np.sign(values[0])).all() else 0
    )
