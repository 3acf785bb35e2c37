"""``clearprop check FOLDER``: other people's files, each in a sandbox, graded.

Comes in what the user asked for; goes out the grades, on stdout or in a file, and the
exit code of a check. The layer in force is said once, before any program is run.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from clearprop.cli import output
from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    import argparse

    from clearprop.checking.report import Report
    from clearprop.checking.sandbox import Layer, Limits

FORMATS = ("csv", "gradescope", "junit")
_OPTIONS = ("points", "spec", "jobs", "resume", "trust", "timeout")
_ONE_FILE = ("diff", "fix", "watch")


def wanted(options: argparse.Namespace) -> bool:
    """Whether grades are asked for: of a folder, in their formats or their options."""
    return (
        any(map(os.path.isdir, options.targets))
        or options.format in FORMATS
        or any(getattr(options, name) for name in _OPTIONS)
    )


def agree(options: argparse.Namespace) -> None:
    """What would stop the grading after all the work, before it."""
    for name in _ONE_FILE:
        if getattr(options, name):
            raise ClearpropError(
                f"--{name} is for a file of your own: leave it out when grading"
            )
    if options.format == "html":
        raise ClearpropError(
            "--format html is for a file of your own: choose text, json, csv, "
            "gradescope or junit for grades"
        )
    if options.output:
        _agree_on_output(options)


def _agree_on_output(options: argparse.Namespace) -> None:
    from clearprop.checking.grading.submissions import ENDINGS

    name = options.output
    folder = os.path.dirname(name) or "."
    if os.path.isdir(name):
        raise ClearpropError(f"{name} is a folder: name a file in it")
    if not os.path.isdir(folder):
        raise ClearpropError(f"{name} can't be written: there is no folder {folder}")
    if options.resume and os.path.realpath(options.resume) == os.path.realpath(name):
        raise ClearpropError(
            f"{name} can't be both the result and the record of --resume: choose "
            "another name"
        )
    if os.path.exists(name) and name.lower().endswith(ENDINGS):
        raise ClearpropError(f"{name} would be overwritten: choose another name")


def grade(options: argparse.Namespace) -> int:
    """Grade what the user points at, and give the exit code."""
    from clearprop.checking.data import parse
    from clearprop.checking.grading import grade_command
    from clearprop.checking.untrusted import strongest

    layer = strongest(options.trust)
    output.tell(_in_force(layer))
    spec = _by_spec(options)
    asked = {
        "loss": options.loss,
        "call": options.call,
        "data": parse(options.data),
        "claims": options.claim,
    }
    check_one = partial(
        _check_one,
        asked=asked,
        layer=layer,
        limits=_limits(options.timeout),
        shared=_shared(options.targets),
        spec=spec,
    )
    show = partial(output.write_file, options.output) if options.output else output.show
    return grade_command(options.targets, options, check_one, show, spec)


def _by_spec(options: argparse.Namespace) -> Any:
    """The spec of the exercise by which is graded, if there is one."""
    from clearprop.checking.grading import exercise

    path = options.spec or exercise.beside(options.targets)
    if path is not None and options.format == "gradescope" and not options.spec:
        output.tell(
            f"{path} isn't used: a student may have handed it in. If it is yours, name "
            "it with --spec"
        )
        path = None
    if path is None:
        return None
    output.tell(f"graded by {path}")
    return exercise.load(path)


def _in_force(layer: Layer) -> str:
    from clearprop.checking.sandbox import Layer

    if layer is Layer.PLAIN:
        return "there is no sandbox: the programs run with your own rights, limits only"
    return f"each program runs in a sandbox of its own: {layer}"


def _limits(timeout: float | None) -> Limits:
    from clearprop.checking.sandbox import Limits

    if timeout is None:
        return Limits()
    # A program may wait as long again as it may compute: for a busy machine.
    return Limits(wall=2 * timeout, cpu=math.ceil(timeout))


def _shared(targets: Sequence[str]) -> frozenset[str]:
    """Folders that hold the work of several students."""
    folders = [os.path.abspath(t) for t in targets if os.path.isdir(t)]
    homes = [os.path.dirname(os.path.abspath(t)) for t in targets]
    return frozenset(folders) | {home for home in homes if homes.count(home) > 1}


def _check_one(
    path: str,
    asked: dict[str, Any],
    layer: Layer,
    limits: Limits,
    shared: frozenset[str],
    spec: Any = None,
) -> Report:
    """What a worker does."""
    from clearprop.checking.grading.exercise import check_handed
    from clearprop.checking.untrusted import check_untrusted

    home = os.path.dirname(path)
    files = [] if home in shared else sorted(_beside(path, home))
    options = {**asked, "files": files}
    if spec is not None:
        return check_handed(path, options, spec, layer=layer, limits=limits)
    return check_untrusted(path, options, layer=layer, limits=limits)


def _beside(path: str, home: str) -> Iterator[str]:
    """What a student handed in with a file. No links: they may lead elsewhere."""
    with os.scandir(home) as entries:
        for entry in entries:
            ordinary = entry.is_file(follow_symlinks=False) or entry.is_dir(
                follow_symlinks=False
            )
            if (
                ordinary
                and entry.path != path
                and not entry.name.startswith((".", "__"))
            ):
                yield entry.path
