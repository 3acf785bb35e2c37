"""A pytest file that pins a hand-written backward pass to the derived one.

It holds the derived function's source and imports nothing but NumPy and pytest; it runs
the user's program at its own numbers and at random ones and compares every gradient.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clearprop import __version__
from clearprop.cli import claims
from clearprop.cli.pin_template import FUNCTION, HEAD, SCRIPT, TAIL
from clearprop.cli.target import names
from clearprop.errors import ClearpropError
from clearprop.trace.source import read

if TYPE_CHECKING:
    import argparse

    from clearprop.backward import Backward
    from clearprop.cli.target import Target


def written_test(
    backward: Backward, where: Target, options: argparse.Namespace
) -> tuple[str, list[str]]:
    """The text of the test file, and what there is to say about it."""
    if not where.file.endswith(".py"):
        raise ClearpropError(
            f"--test needs a Python file, and {where.title} is none: save the code as "
            "a .py file first"
        )
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in _parameters(backward)):
        raise ClearpropError(
            "--test can't call a forward pass with * arguments: give it named ones"
        )
    tree = read(where.file).tree
    if where.function is None and options.call is None:
        found, notes = _script_claims(backward, where, options.against, tree)
        rows: Any = {c.label: c.code for c in found}
        places = {c.label: c.place for c in found}
        body = SCRIPT
        fields = {"INPUTS": _display(_roots(backward))}
    else:
        body, notes = FUNCTION, []
        rows, places, fields = _function_fields(backward, where, options, tree)
    fields |= {
        "TITLE": where.title,
        "VERSION": __version__,
        "TEST": os.path.basename(options.test),
        "PATH": _quoted(_relative(where.file, options.test)),
        "TOLERANCE": _tolerance(backward),
        "SOURCE": _function_only(backward.source),
        "REFERENCE": backward.name,
        "MOVING": _display(_moving(backward, body is SCRIPT)),
        "CLAIMS": _display(rows),
        "PLACES": _display(places),
        "IMPORTS": _IMPORTS["inspect" if body is FUNCTION else "plain"],
    }
    return _filled(HEAD + body + TAIL, fields), notes


_PATH = "from pathlib import Path\n"
_IMPORTS = {
    "inspect": "import inspect\nimport io\nimport os\nimport re\nimport sys\n" + _PATH,
    "plain": "import io\nimport os\nimport sys\n" + _PATH,
}


def _script_claims(
    backward: Backward, where: Target, against: str | None, tree: ast.Module
) -> tuple[list[claims.Claim], list[str]]:
    """Where a script has its gradients; what is missing is asked for by the test."""
    labels = [leaf.label for leaf in backward.wanted]
    given = names(against)
    if given is not None:
        if len(given) != len(labels):
            raise ClearpropError(
                f"--against gives {len(given)} of {len(labels)} gradients: name one "
                f"for each of {', '.join(labels)}, in this order"
            )
        return [claims.stated(*pair) for pair in zip(labels, given)], []
    for label in labels:
        if claims.in_loop(tree, label):
            raise ClearpropError(
                f"{where.title} changes {label} inside a loop or a function, where one "
                "step can't be told from the next: pin a function instead, as in "
                f"{where.title}:loss --against backward"
            )
    numbers = claims.numbers(tree) - set(_roots(backward))
    named = [claims.in_script(tree, label, numbers) for label in labels]
    told = {claim.label: claim for claim in named if claim is not None}
    notes = []
    if len(told) < len(labels):
        for claim in _untaken(backward, where, tree, numbers):
            if told.setdefault(claim.label, claim) is claim:
                notes.append(
                    f"the test takes {claim.code} for the gradient of {claim.label} "
                    "(--against names another)"
                )
    for label in labels:
        name = "d" + claims.last_name(label)
        if label not in told:
            told[label] = claims.Claim(label, name, name)
            notes.append(
                f"{where.title} has no gradient of {label} yet: the test asks for a "
                f"variable {name} (--against names another)"
            )
    return [told[label] for label in labels], notes


def _untaken(
    backward: Backward, where: Target, tree: ast.Module, numbers: set[str]
) -> list[claims.Claim]:
    """Steps that the program computes without taking them, from a run of it."""
    from clearprop.cli.output import muted
    from clearprop.cli.steps import steps_in
    from clearprop.trace.surroundings import running

    source = read(where.file)
    with muted(), running(source) as scope:
        try:
            exec(compile(source.text, source.file, "exec"), scope)
        except (Exception, SystemExit):
            return []
    own = {leaf.node: leaf.value for leaf in backward.trace.leaves}
    found = backward._gradients_at(own)
    gradients = {leaf.label: found[leaf.node] for leaf in backward.wanted}
    return steps_in(tree, scope, gradients, numbers)


def _function_fields(
    backward: Backward, where: Target, options: argparse.Namespace, tree: ast.Module
) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """How the forward function and the hand-written one are called."""
    against = options.against
    if not against:
        raise ClearpropError(
            "--test needs to know what to pin: add --against and the name of the "
            f"hand-written function in {where.title}"
        )
    function = where.function or options.call.partition("(")[0].strip()
    defined = claims.functions(tree)
    if claims.last_name(against) not in defined:
        raise ClearpropError(
            f"{where.title} has no function {against}; there are: "
            f"{', '.join(sorted(defined)) or 'none'}"
        )
    owner = function.rpartition(".")[0]
    rows = [leaf.label for leaf in backward.wanted]
    captured = {}
    for leaf in backward.trace.leaves:
        if leaf.captured:
            root, *_ = leaf.path
            place = owner + leaf.label[len(root) :] if root == "self" else leaf.label
            captured[leaf.name] = place
    returned = claims.returned(tree, against, rows)
    places = {
        label: returned.get(label, f"d{claims.last_name(label)}") for label in rows
    }
    return (
        rows,
        places,
        {
            "ARGUMENTS": _display(_arguments(backward, options.call, tree)),
            "CAPTURED": _display(captured),
            "FORWARD": _quoted(function),
            "AGAINST": _quoted(against),
        },
    )


def _arguments(
    backward: Backward, call: str | None, tree: ast.Module
) -> dict[str, str]:
    """For each argument of the forward function, what the program passes."""
    parameters = [p.name for p in _parameters(backward)]
    if call is not None and "(" in call:
        node = ast.parse(call.strip(), mode="eval").body
        if isinstance(node, ast.Call):
            found = {n: ast.unparse(a) for n, a in zip(parameters, node.args)}
            found |= {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg}
            return found
    there = claims.assigned(tree)
    return {
        p.name: p.name
        for p in _parameters(backward)
        if p.name in there or p.default is p.empty
    }


def _parameters(backward: Backward) -> list[Any]:
    return backward.trace.parameters


def _moving(backward: Backward, script: bool) -> list[str]:
    """The inputs that the test must vary, by the names that it gives them."""
    wanted = [
        leaf.name if leaf.captured and not script else _root(leaf)
        for leaf in backward.wanted
    ]
    return list(dict.fromkeys(wanted))


def _root(leaf: Any) -> str:
    """The variable that a leaf hangs on."""
    return str(leaf.path[0])


def _roots(backward: Backward) -> list[str]:
    return list(dict.fromkeys(_root(leaf) for leaf in backward.trace.leaves))


def _tolerance(backward: Backward) -> str:
    short = any(leaf.node.dtype.itemsize < 8 for leaf in backward.wanted)
    return "1e-3" if short else "1e-6"


def _relative(file: str, test: str) -> str:
    try:
        path = os.path.relpath(
            os.path.realpath(file), os.path.dirname(os.path.realpath(test))
        )
    except ValueError:  # another drive
        path = os.path.realpath(file)
    return path.replace(os.sep, "/")


def _function_only(source: str) -> str:
    """The written module without its import."""
    return source.partition("\n")[2].strip("\n")


def _quoted(text: str) -> str:
    """A string as ``ruff format`` would have it."""
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)


def _display(value: Any) -> str:
    """A dictionary or list of strings, an entry a line where there are many."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        opening, closing = "{}"
        items = [f"{_quoted(k)}: {_quoted(v)}" for k, v in value.items()]
    else:
        opening, closing = "[]"
        items = [_quoted(v) for v in value]
    line = f"{opening}{', '.join(items)}{closing}"
    if len(line) <= 70:
        return line
    return f"{opening}\n" + "".join(f"    {item},\n" for item in items) + closing


def _filled(text: str, fields: Mapping[str, str]) -> str:
    for name, value in fields.items():
        text = text.replace(f"__{name}__", value)
    return text
