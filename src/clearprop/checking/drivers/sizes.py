"""Sizes for example data: what the letters in ``(N, D)`` stand for.

In comes a shape as a docstring, a comment or ``N, D = x.shape`` spells it; out comes a
tuple of small numbers. Different letters get different numbers, so that a forgotten
transpose can't hide behind a square array.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are of everything that isn't an image."""

    N: int = 4  # examples
    D: int = 6  # inputs
    H: int = 5  # hidden units
    C: int = 3  # outputs, classes
    T: int = 2  # time steps
    V: int = 7  # words
    K: int = 8  # units of a second hidden layer


USUAL = Sizes()
IMAGE = {"N": 2, "C": 3, "H": 6, "W": 8, "F": 4, "K": 3}
_SPARE = (9, 10, 11, 12, 13)  # for letters that no table knows

_FLAT = (
    (
        r"n|B|(?-i:m)|bs|batch|batch_?size|num_(train|examples|samples)|n_samples|examples",
        USUAL.N,
    ),
    (
        r"d|d_?in|n_?x|n_?in|n_?features|input\w*|in_\w+|features|d_?model|n_prev",
        USUAL.D,
    ),
    (r"h|(?-i:M)|d_?out|n_?a|n_?h\w*|n_?out|hidden\w*|out_\w+|l|units", USUAL.H),
    (r"c|k|n_?y|n_?c|num_?classes|n_?classes|classes|output\w*|o", USUAL.C),
    (r"t|t_?x|seq\w*|steps|time\w*", USUAL.T),
    (r"v|vocab\w*", USUAL.V),
    (r"num_px|px|side", 2),
)
_IMAGE = (
    (r"n|m|batch\w*", "N"),
    (r"c|n_?c_?prev|c_?in|in_?c\w*|channels?|d", "C"),
    (r"h|n_?h(_?prev)?|height|in_?h|rows", "H"),
    (r"w|l|n_?w(_?prev)?|width|length|in_?w|cols", "W"),
    (r"(?-i:F)|n_?c|c_?out|num_?filters|n_?filters|fn|out_?c\w*", "F"),
    (r"(?-i:f)|hh|ww|fh|fw|k|kh|kw|kernel\w*|k_\w+|filter_\w+|_", "K"),
)
_OF_OUTPUT = re.compile(r"n_?c", re.IGNORECASE)
_WORDS = (
    (r"(number|no\.?|num) of (training )?(examples|samples)|batch size", "m"),
    (r"size of (the )?(previous|input)\w*[\w ]*|number of features", "n_x"),
    (r"size of (the )?(current|hidden)\w*[\w ]*", "n_h"),
    (r"size of (the )?output\w*[\w ]*|number of classes", "n_y"),
)
_MORE = re.compile(r"\bd_?1\b.*\bd_?k\b", re.I)  # (N, d_1, ..., d_k)


def shape_of(text: str, known: dict[str, int], image: bool = False) -> tuple[int, ...]:
    """The sizes that ``N, D`` stand for; ValueError where it is no shape.

    ``known`` remembers letters that no table has.
    """
    text = _MORE.sub("D", text.strip().strip("()"))
    for words, name in _WORDS:
        text = re.sub(words, name, text, flags=re.I)
    if not text.strip():
        raise ValueError("no sizes")
    tree = ast.parse(f"({text},)" if "," not in text else f"({text})", mode="eval").body
    if not isinstance(tree, ast.Tuple):
        raise ValueError(text)
    return tuple(_size(item, known, image) for item in tree.elts)


def _size(item: ast.expr, known: dict[str, int], image: bool) -> int:
    if isinstance(item, ast.Constant) and type(item.value) is int:
        return item.value
    if isinstance(item, ast.Name):
        return named(item.id, known, image)
    if isinstance(item, ast.BinOp):
        left, right = _size(item.left, known, image), _size(item.right, known, image)
        if isinstance(item.op, ast.Add):
            return left + right
        if isinstance(item.op, ast.Mult):
            return left * right
    raise ValueError(ast.unparse(item))


def named(name: str, known: dict[str, int], image: bool = False) -> int:
    """The size that goes by a name."""
    if name in known:
        return known[name]
    size = _looked_up(name, image)
    if image and _OF_OUTPUT.fullmatch(name) and not any("prev" in k for k in known):
        size = IMAGE["C"]  # m, nH, nW, nC = x.shape, where nothing was before it
    taken = {s for other, s in known.items() if len(other) == 1}
    kernel = image and _letter(name) == "K"  # as many channels don't make it larger
    alike = len(name) == 1 and not kernel and size in taken
    if size is None or alike:
        size = next((s for s in _SPARE if s not in taken), _SPARE[-1])
    known[name] = size
    return size


def _looked_up(name: str, image: bool) -> int | None:
    if image:
        return IMAGE.get(_letter(name))
    for pattern, size in _FLAT:
        if re.fullmatch(pattern, name, re.I):
            return size
    return None


def _letter(name: str) -> str:
    """What a name is of an image, as ``IMAGE`` has it; "" where no table says."""
    for pattern, letter in _IMAGE:
        if re.fullmatch(pattern, name, re.I):
            return letter
    return ""


def chain(names: Iterable[str], s: Sizes) -> Mapping[int, tuple[int, int]]:
    """The sizes before and after each numbered layer: ``W1`` takes D to H."""
    numbers = sorted({int(n) for name in names for n in re.findall(r"\d+$", name)})
    if not numbers:
        return {}
    hidden = (s.H, s.K, *_SPARE)
    sizes = [s.D, *hidden[: len(numbers) - 1], s.C]
    return {
        n: (sizes[i], sizes[i + 1]) for i, n in enumerate(numbers[: len(sizes) - 1])
    }
