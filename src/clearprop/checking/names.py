"""What a name promises: ``dW1``, ``grads['W1']`` and ``nabla_w`` are gradients.

A name states a claim by naming the forward value whose gradient it is. The table is the
conventions that were found in the wild; a fuzzy match only orders guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from clearprop.trace.loss import identifier

BIAS = re.compile(r"^b(\d|_|$)|bias|offset|intercept|threshold", re.I)
_FORMS = (
    re.compile(r"^d[A-Z][a-z]*_?d_?(?P<of>\w+)$"),  # dJdW2, dL_dW1, dLoss_dz
    re.compile(r"^d[a-z]+_d_?(?P<of>\w+)$"),  # dloss_dW, dl_dw
    re.compile(r"^d[efjl]d(?P<of>[A-Za-z]\w*)$"),  # dfdx
    re.compile(r"^d\w+_by_d_?(?P<of>\w+)$"),
    re.compile(r"^(?:grads?|gradients?|nabla|del|g)_(?P<of>\w+)$", re.I),
    re.compile(r"^(?P<of>\w+?)_?(?:grads?|gradients?)$", re.I),
    re.compile(r"^grad(?P<of>[A-Z0-9]\w*)$"),
    re.compile(r"^g(?P<of>[A-Z]\d*|[wb]\d*)$"),  # gW1, gb1
    re.compile(r"^d_(?P<of>\w+)$"),
    re.compile(r"^d(?P<of>[A-Za-z]\w*)$"),
)
_STEP = re.compile(
    r"^(?:delta|del|step|update|change)s?_?(?P<of>\w+)$|^(?P<of2>\w+?)_(?:delta|step|"
    r"update|change)s?$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"^((delta|diff|dist|data|dot|dim)\d+|data|dot|dim|dims|depth|dt|dtype|done|diff|"
    r"dist|delta|deltas|decay|dropout|"
    r"digits|dataset|degree|default|def|del|dict|dev|device|display|double|distance|"
    r"d(ropout|ecay|ata|im|ev|elta|igits|ot|ist|isplay|iff)s?_\w+)$",
    re.IGNORECASE,
)
_PART = re.compile(r"[A-Za-z]+|\d+")


@lru_cache(maxsize=4096)
def stem(name: str) -> str | None:
    """What a gradient's name says it is the gradient of: ``W1`` of ``dW1``."""
    if _NOT.match(name):
        return None
    for form in _FORMS:
        match = form.match(name)
        if match:
            return match["of"]
    return None


def gradient_of(place: str) -> str | None:
    """What a place says it holds the gradient of: ``W1`` of ``grads['W1']`` too."""
    name = identifier(place)
    word = stem(name)
    if word is None and "[" in place and _of_gradients(place):
        return name
    return word


def _of_gradients(place: str) -> bool:
    """``grads['W1']``: a container of gradients, under the parameters' own names."""
    base = place.partition("[")[0].rpartition(".")[2].lower()
    return base.startswith(("grad", "nabla", "dparam", "g")) and base not in ("g_out",)


def step_stem(name: str) -> str | None:
    """What a step's name says it is the step of: ``w_i_h`` of ``delta_w_i_h``."""
    match = _STEP.match(name)
    return (match["of"] or match["of2"]) if match else None


_PASSED_BACK = re.compile(r"delta|err|grad|nabla|upstream|update|back", re.IGNORECASE)


def passed_back(name: str) -> bool:
    """Whether a name says that something comes from the loss: ``hidden_error``."""
    return stem(name) is not None or _PASSED_BACK.search(name) is not None


_UPSTREAM = re.compile(
    r"^(d|grad_?|delta_?)(out|output|top|next|y|loss|a|h|z|upstream)|"
    r"^(upstream|g|gout|grad|dout)$",
    re.IGNORECASE,
)


def is_upstream(name: str) -> bool:
    """A gradient that is given, not one to be found: ``dout``, ``dnext_c``."""
    return _UPSTREAM.match(name) is not None or stem(name) is not None


def renames_gradient(place: str, label: str) -> bool:
    """Whether a gradient goes on as another one: ``dx = dout``, then ``dx += …``."""
    new, old = identifier(place), identifier(label)
    return new != old and stem(new) is not None and is_upstream(old)


def plain(name: str) -> str:
    return name.replace("_", "").lower()


@lru_cache(maxsize=8192)
def likeness(word: str, name: str) -> float:
    """How much a stem looks like the name of a forward value: 1 equal, 0 not at all."""
    if word == name:
        return 1.0
    if plain(word) == plain(name):
        return 0.95
    if word.rstrip("_") == name.rstrip("_"):
        return 0.9
    a, b = list(_parts(word)), list(_parts(name))
    if a and b and len(a) == len(b):
        # w_i_h and weights_input_hidden: each part begins as the other does
        if all(x.startswith(y) or y.startswith(x) for x, y in zip(a, b)):
            return 0.8
        shared = sum(x[0] == y[0] for x, y in zip(a, b))
        if shared == len(a):
            return 0.7
    letters = {"".join(x[0] for x in a), plain(word)}
    others = {"".join(x[0] for x in b), plain(name)}
    if letters & others:
        return 0.6
    small, large = sorted((set(a), set(b)), key=len)
    if small and small <= large:
        return 0.5
    return 0.0


def _parts(name: str) -> Iterator[str]:
    for match in _PART.findall(re.sub(r"([a-z])([A-Z])", r"\1_\2", name)):
        yield match.lower()
