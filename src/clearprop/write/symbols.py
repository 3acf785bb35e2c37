"""How a name is typeset: one rule, and a short table of words that have a letter.

``alpha`` is a Greek letter, ``W1`` is W with a subscript, ``w_ih`` is w with the
subscript "ih", ``weights_input_hidden`` is W with "input,hidden", because the field
writes weights as W. Every other long name stays as it is, in italics.
"""

from __future__ import annotations

import re

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho "
    "sigma tau phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
).split()
GREEK = frozenset(_NAMES)
# Greek letters as Python knows them, by the names that LaTeX has for them.
_GREEK_LETTERS = {
    letter: f"\\{name}"
    for letter, name in zip("αβγδεζηθικλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ", _NAMES, strict=True)
}
# Words at the head of a name that the field writes as one letter.
LETTERS = {
    "weights": "W",
    "weight": "W",
    "biases": "b",
    "bias": "b",
    "learnrate": r"\eta",
    "learning_rate": r"\eta",
    "lr": r"\eta",
}
_PIECE = re.compile(r"([A-Za-z]+?)(\d*)\Z")
_ACCENT = re.compile(r"([A-Za-z])_?(hat|bar|tilde)\Z")


def escaped(text: str) -> str:
    r"""Plain text inside ``\text{}`` or ``\mathit{}``."""
    table = {
        "\\": r"\backslash ", "_": r"\_", "{": r"\{", "}": r"\}", "#": r"\#",
        "$": r"\$", "%": r"\%", "&": r"\&", "^": r"\wedge ", "~": r"\sim ",
    }  # fmt: skip
    return "".join(table.get(c, c) for c in text)


def symbol(name: str) -> str:
    """A name as LaTeX."""
    plain = _plain_place(name)
    if plain != name and plain.isidentifier():
        return symbol(plain)
    if name in LETTERS:
        return LETTERS[name]
    accent = _ACCENT.match(name)
    if accent is not None:
        return f"\\{accent[2]}{{{accent[1]}}}"
    head, *rest = name.strip("_").split("_")
    match = _PIECE.match(head)
    if match is None or not all(rest):
        return _word(name)
    stem, digits = match.groups()
    if stem in LETTERS:
        letter = LETTERS[stem]
    elif stem in GREEK:
        letter = f"\\{stem}"
    elif len(stem) == 1:
        letter = stem
    else:
        return _word(name)
    below = ([digits] if digits else []) + rest
    if not below:
        return letter
    if len(below) == 1 and (below[0].isdigit() or len(below[0]) == 1):
        return (
            f"{letter}_{{{below[0]}}}" if len(below[0]) > 1 else f"{letter}_{below[0]}"
        )
    if all(piece.isdigit() for piece in below):
        return f"{letter}_{{{','.join(below)}}}"
    return f"{letter}_{{\\text{{{escaped(','.join(below))}}}}}"


def _word(name: str) -> str:
    if name in _GREEK_LETTERS:
        return _GREEK_LETTERS[name]
    if name in GREEK:
        return f"\\{name}"
    if not name.isascii() or not re.fullmatch(r"\w+", name):
        return f"\\text{{{_text(name)}}}"
    return f"\\mathit{{{escaped(name)}}}" if len(name) > 1 else name


def _text(name: str) -> str:
    # MathJax knows no escapes inside \text: what needs one is left as a plain letter
    return re.sub(r"[\\{}#$%&^~_]", " ", name)


def _plain_place(name: str) -> str:
    """``self.W1`` and ``params['W1']`` as ``W1``."""
    match = re.search(r"""(?:\.|\[['"])([A-Za-z_]\w*)(?:['"]\])?\Z""", name)
    return match[1] if match else name


class Symbols:
    """Symbols for many names, different for different names."""

    def __init__(self) -> None:
        """Nothing is taken yet."""
        self._of: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._of:
            plain = _text(name)
            wishes = [symbol(name), _word(name), rf"\mathrm{{{escaped(name)}}}"]
            if not name.isidentifier():
                wishes[1:] = [rf"\text{{{plain}}}", rf"\textit{{{plain}}}"]
            made = next((w for w in wishes if w not in self._taken), wishes[-1])
            self._taken[made] = name
            self._of[name] = made
        return self._of[name]
