"""The commands: trace and derive what the user points at, then show or write it."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from clearprop.cli import output, target
from clearprop.errors import ClearpropError, ClearpropWarning

if TYPE_CHECKING:
    import argparse

    from clearprop.backward import Backward
    from clearprop.cli.target import Target


def derive(options: argparse.Namespace) -> None:
    """``clearprop derive``: the written backward pass, and a test that pins one."""
    where = target.parse(options.target)
    _check_files(where, options.output, options.test)
    if options.against and not options.test:
        raise ClearpropError("--against goes with --test: name the test file to write")
    backward, heard = _derived(where, options)
    text = _spelled(backward, options.to)
    files = {}
    if options.test:
        from clearprop.cli.pin import written_test

        test, notes = written_test(backward, where, options)
        files[options.test] = test
        heard += notes
    note = "" if options.test else _assumed(backward)
    if options.output:
        files[options.output] = text
    for path, content in files.items():
        output.write_file(path, content)
    if options.format == "json":
        found = _described(backward, where, text, options.to)
        heard += [note] if note else []
        output.show(output.as_json({**found, "warnings": heard}))
        return
    for message in heard:
        output.warn(message)
    if note:
        print(output.painted("clearprop:", "dim", sys.stderr), note, file=sys.stderr)
    if not files:
        output.show(text)


def explain(options: argparse.Namespace) -> None:
    """``clearprop explain``: each step with its numbers, and pictures."""
    where = target.parse(options.target)
    _check_files(where, options.output, options.graph, options.network)
    for picture in (options.graph, options.network):
        if picture and not picture.lower().endswith(".svg"):
            raise ClearpropError(f"{picture}: this picture is an .svg file: call it so")
    backward, heard = _derived(where, options)
    explanation = backward.explain()
    files = {}
    if options.graph:
        files[options.graph] = explanation.graph_svg()
    if options.network:
        files[options.network] = explanation.network_svg()
    text = ""
    if options.format == "json":
        found = _described(backward, where, backward.source, "numpy")
        steps = [output.plain(step) for step in explanation.steps]
        remarks = [output.plain(remark) for remark in explanation.remarks]
        found |= {"steps": steps, "remarks": remarks, "warnings": heard}
        text = output.as_json(found)
    else:
        text = _explained(explanation, options.format, not options.output)
    if options.output:
        files[options.output] = text
    for path, content in files.items():
        output.write_file(path, content)
    if options.format != "json":
        for message in heard:
            output.warn(message)
    if options.format == "json" or not options.output:
        output.show(text)


def _derived(where: Target, options: argparse.Namespace) -> tuple[Backward, list[str]]:
    """The backward pass, and what there is to say about it."""
    with output.muted(), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        backward = target.derive(where, options)
    found = [str(w.message) for w in heard if issubclass(w.category, ClearpropWarning)]
    return backward, list(dict.fromkeys(found))


def _assumed(backward: Backward) -> str:
    """Which loss a script's error line stands for; an explanation shows it itself."""
    loss = backward.trace.assumed
    if not loss:
        return ""
    return f"no name says what the loss is: this is for {loss} (--loss names another)"


def _spelled(backward: Backward, language: str) -> str:
    if language == "latex":
        from clearprop.write.latex import to_latex

        return str(to_latex(backward.program))
    if language == "c":
        from clearprop.training.c_file import c_source

        return c_source(backward)
    return backward.source


def _explained(explanation: Any, language: str, on_screen: bool) -> str:
    if language == "markdown":
        return str(explanation.to_markdown())
    if language == "html":
        return str(explanation.to_html())
    if language == "latex":
        return str(explanation.to_latex())
    if on_screen and output.coloured(sys.stdout):
        return str(explanation.to_text(colour=True))
    return str(explanation)


def _described(
    backward: Backward, where: Target, source: str, language: str
) -> dict[str, Any]:
    """What a machine wants to know about a derivation."""
    import numpy as np

    from clearprop.graph import evaluate

    trace = backward.trace
    values = {leaf.node: leaf.value for leaf in trace.leaves}
    with np.errstate(all="ignore"):
        loss = float(np.asarray(evaluate([trace.loss], values)[0]))
    gradients = {
        leaf.label: {"shape": list(leaf.node.shape), "dtype": str(leaf.node.dtype)}
        for leaf in backward.wanted
    }
    return {
        "file": where.file,
        "name": backward.name,
        "language": language,
        "source": source,
        "wrt": list(gradients),
        "loss": loss,
        "gradients": gradients,
    }


def _check_files(where: Target, *paths: str | None) -> None:
    """No result may overwrite the forward pass, or another result."""
    taken = {os.path.realpath(where.file)}
    for path in paths:
        if path is None:
            continue
        if os.path.realpath(path) in taken:
            raise ClearpropError(f"{path} would be overwritten: choose another name")
        taken.add(os.path.realpath(path))
