"""Staged computations: gradients of an output, where no loss is stated (CS231n).

``f = q * z; dfdz = q; dfdq = z`` has no loss, no error and moves nothing: what its
lines are the gradients of is the value that was computed last before them. Comes in the
reading of such a program; goes out that value and what its names promise.
"""

from __future__ import annotations

import re

from clearprop.checking.names import stem
from clearprop.checking.reading import Reading, Step
from clearprop.trace.loss import identifier, is_error
from clearprop.trace.result import Binding


def output(reading: Reading, step: Step) -> Binding | None:
    """The number whose gradients a program computes; None where it descends on one."""
    if reading.updates or reading.losses or any(map(is_named_error, step.errors)):
        return None
    seen = {identifier(label) for label in reading.labels.values()}
    found: Binding | None = None
    for binding in reading.log:
        name = identifier(binding.place)
        if binding.depth or binding.place != name:
            if found is None or not _of_one(name, found, seen):
                continue
            return found
        if found is not None and _of_one(name, found, seen):
            return found
        node = binding.node
        made = node.is_float and node.inputs and reading.inputs_of(node)
        found = binding if made and not node.shape else None
        seen.add(name)
    return None


def _of_one(name: str, output: Binding, seen: set[str]) -> bool:
    """Whether a name says that it is a gradient of one of these; dt too, of a t."""
    plain = name[1:] if name.startswith("d") else None
    return promised(name, output.place) in seen or plain in seen


def is_named_error(anchor: object) -> bool:
    """Whether a difference is called an error where it is assigned."""
    binding = getattr(anchor, "binding", None)
    return binding is not None and is_error(identifier(binding.place))


def promised(name: str, output: str) -> str | None:
    """Whose gradient a name says it is: z of ``dfdz``, ``df_dz`` and ``dz``."""
    found = re.fullmatch(rf"d_?{re.escape(output)}_?d_?(\w+)", name) if output else None
    return found[1] if found else stem(name)
