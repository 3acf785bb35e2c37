"""Whether a plan's steps are those of a dense network, and how many threads they get.

What comes in is a plan, what goes out its C (``dense_source``) for this machine: the
width of its vectors, its cores. ``CLEARPROP_THREADS`` says how many threads there may
be.
"""

from __future__ import annotations

import functools
import operator
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from clearprop.training.native.compile import NoCompiler, vector_bytes
from clearprop.training.native.dense import Dense, dense
from clearprop.training.native.dense_source import DenseSource
from clearprop.training.native.kept import Panels
from clearprop.training.native.vectors import Unspelled
from clearprop.training.plan import Plan

# What a member of a team does between two barriers, in floating-point operations: below
# it, meeting costs more than the others' help brings.
_WORTH_MEETING = 2e6
_MOST_MEMBERS = 8
# A batch of so few rows, or so few multiplications a row, is left to the plain loops.
_FEWEST_ROWS = 8
_FEWEST_PRODUCTS = 64


@dataclass(frozen=True)
class DenseSteps:
    """The source, for batches of any size up to the plan's, and what it works on.

    ``labels``: those that it reads; ``panels``: where each parameter and its slots are.
    """

    source: str
    labels: list[tuple[str, int, int]]
    panels: list[Panels]


def dense_steps(plan: Plan) -> DenseSteps | None:
    """The steps of a dense network; None for anything else, and where it is small."""
    net = dense(plan)
    if net is None or plan.rows is None:
        return None
    batch = min(plan.batch_size or plan.rows, plan.rows)
    products = sum(map(operator.mul, net.widths, net.widths[1:]))
    if batch < _FEWEST_ROWS or products < _FEWEST_PRODUCTS:
        return None
    try:
        wide = vector_bytes()
    except NoCompiler:
        wide = 16
    members = members_for(net, batch)
    try:
        written = DenseSource(plan, net, batch, members, wide)
        return DenseSteps(written.text(), written.labels, written.panels())
    except Unspelled:
        return None


def members_for(net: Dense, batch: int) -> int:
    """How many threads work on a step: what the cores and the work allow."""
    widths = net.widths
    if len(widths) == 2:
        return 1
    sizes = [a * b for a, b in pairwise(widths)]
    work = batch * (4 * sum(sizes) + 2 * sum(sizes[1:]))
    barriers = 2 * len(sizes) - 3
    return max(1, min(cores(), _MOST_MEMBERS, int(work / barriers / _WORTH_MEETING)))


@functools.cache
def cores() -> int:
    """How many cores this process may use; two threads of one core count once."""
    named = os.environ.get("CLEARPROP_THREADS", "")
    if named.isdigit() and int(named):
        return int(named)
    try:
        own = os.sched_getaffinity(0)
    except AttributeError:  # not on a Mac, where a core has one thread
        return os.cpu_count() or 1
    shared = set()
    for cpu in own:
        place = f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
        try:
            shared.add(Path(place).read_text().strip())
        except OSError:
            shared.add(str(cpu))
    return len(shared)


__all__ = ["DenseSteps", "dense_steps"]
