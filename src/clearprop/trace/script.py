"""Tracing a script or a notebook: it is run as a program, up to its first whole step.

The program runs as ``__main__`` in its own folder, without output, plots or questions.
Constant values that are bound to names become leaves; the loss is found by ``loss``. A
function in a file (``FILE.py:net.loss``) is traced as a function, with its arguments
taken by name from the file or from a call that the user gives.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, DeriveError, SourceError, TraceError
from clearprop.graph import Node, evaluate, ordered
from clearprop.trace.cut import begin_at, data_nodes
from clearprop.trace.function import explained, trace_function, used_nodes
from clearprop.trace.infile import load_function
from clearprop.trace.instrument import HOOKS
from clearprop.trace.leaves import Leaves, Made, path_of, short_name
from clearprop.trace.loss import Found, Plan, find, identifier, plan, rank
from clearprop.trace.muting import muted
from clearprop.trace.owners import distinct
from clearprop.trace.recompile import rewrite_module
from clearprop.trace.replay import current_state, random_state
from clearprop.trace.result import Binding, Leaf, Trace
from clearprop.trace.rewrite import copied
from clearprop.trace.source import Source, read
from clearprop.trace.surroundings import line_in, running, script_error
from clearprop.trace.tracer import Tracer
from clearprop.trace.watcher import Reached, Replayer, Stop, Watcher


def trace_script(
    path: str,
    *,
    loss: str | None = None,
    wrt: Sequence[str] | str | None = None,
    call: str | None = None,
) -> Trace:
    """Run a script or notebook and give its forward pass as a trace.

    ``loss`` is an expression over the script's names, where the loss can't be found by
    itself. ``wrt`` names arrays that must become leaves. ``call`` is a function of the
    file (``"net.loss"``) or a call (``"net.loss(X, y)"``) to be traced instead.
    """
    source = read(path)
    try:
        if call is not None:
            function, args, kwargs = load_function(path, call, source)
            with muted():
                return trace_function(function, args, kwargs)
        names = [wrt] if isinstance(wrt, str) else list(wrt or ())
        wanted = frozenset(identifier(name) for name in names)
        return _Run(source, plan(source.tree), loss, wanted).trace()
    except ClearpropError as error:
        text = str(error)
        if text.startswith("line "):
            raise type(error)(source.placed(text)) from error.__cause__
        raise


class _Run:
    """One run of a script under the hooks."""

    def __init__(
        self, source: Source, plan: Plan, loss: str | None, wrt: frozenset[str]
    ) -> None:
        self.source = source
        self.plan = plan
        self.loss_text = loss
        self.wrt = wrt
        self.state = current_state()
        self.leaves: list[Leaf] = []

    def trace(self) -> Trace:
        source = self.source
        updated = self.plan.updated | self.wrt
        code = rewrite_module(copied(source.tree), source.file, HOOKS, updated)
        with HOOKS.lock, Tracer() as tracer:
            tracer.seeds_count = False
            leaves = Leaves(tracer)
            watcher = Watcher(self.plan, leaves, self.loss_text, self.wrt)
            problem = None
            with HOOKS.session(tracer, leaves, watcher), running(source) as namespace:
                watcher.module, watcher.namespace = code, namespace
                HOOKS.frames.append((code, {}))
                try:
                    exec(code, namespace)
                except Stop:
                    pass
                except SystemExit as error:
                    problem = self._ended(error)
                except ClearpropError as error:
                    problem = self._located(error)
                except RecursionError as error:
                    problem = explained(error)
                except Exception as error:
                    problem = self._raised(error)
            log, names, size_names = HOOKS.finished
            binding, node = self._loss(watcher, log, problem)
            watcher.go_back(watcher.snapshots.get(binding.serial) or watcher.snapshot())
            if self.found is not None and self.found.squared:
                node = 0.5 * (node**2).sum(range(node.ndim))
            for dim in node.dims:
                tracer.graph.fix(dim)
            node = node.reshape(()) if node.dims else node
        self.binding, self.watcher = binding, watcher
        self.hits = sum(
            (b.line, b.place, b.function)
            == (binding.line, binding.place, binding.function)
            for b in log[: binding.serial + 1]
        )
        lost = [entry for entry in tracer.lost if entry.node.index <= node.index]
        draws = [n for n in ordered([node]) if n.op.impure]
        made = Trace(
            graph=tracer.graph,
            draws_from=tracer.states.get(draws[0]) if draws else None,
            name=source.name,
            parameters=[],
            leaves=[],
            loss=node,
            log=log,
            lost=lost,
            names=names | _names_in(source.tree),
            file=source.file,
            source_lines=source.lines,
            lines=tracer.lines,
            size_names=size_names,
            assumed=self._assumed(),
        )
        made.leaves = self._leaves(leaves, made)
        made.updated = _updated(made) or [
            leaf.label
            for leaf in made.leaves
            if leaf.node.is_float and identifier(leaf.label) in self.plan.updated
        ]
        self._begin_at_the_data(leaves, made)
        self.leaves = made.leaves
        made.log = self._forward(made)
        made.parameters = [
            inspect.Parameter(leaf.name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for leaf in made.leaves
            if not leaf.captured
        ]
        if not watcher.foreign and all(m.node in watcher.keys for m in made.leaves):
            made.rerun = self._rerun
        return made

    # -- the loss ----------------------------------------------------------------------

    def _loss(
        self, watcher: Watcher, log: list[Binding], problem: ClearpropError | None
    ) -> tuple[Binding, Node]:
        """The binding and the node of the loss, or why there is none."""
        title = self.source.title
        self.found: Found | None = None
        if watcher.wanted is not None:
            wanted = watcher.wanted
            if wanted.binding is not None and wanted.node is not None:
                return wanted.binding, wanted.node
            if problem is not None:
                raise problem
            if self.loss_text is not None:
                assigned = _names_in(self.source.tree)
                missing = sorted(n for n in wanted.names if n not in assigned)
                why = (
                    f"the program has no {missing[0]!r}" if missing else wanted.problem
                )
                why = why or "its names are never there together"
                raise SourceError(f"{title}: --loss {wanted.text}: {why}")
        on_leaf = {b.node for b in log if watcher.on_leaf(b.node)}
        moved = self._moved(watcher, log)
        self.found = find(log, on_leaf, moved)
        if self.found is not None:
            return self.found.binding, self.found.binding.node
        implied = watcher.implied
        if implied is not None and implied.binding is not None and implied.node:
            watcher.wanted = implied
            return implied.binding, implied.node
        if problem is not None:
            raise problem
        shaped = find(log, on_leaf, moved, shaped=True)
        if shaped is not None:
            binding = shaped.binding
            name = binding.place if binding.place != "return" else binding.function
            raise DeriveError(
                f"line {binding.line}, {self._code(binding.line)}: the loss is an "
                f"array of shape {binding.node.shape}, not a single number. Reduce it: "
                f"--loss 'np.sum({name})' or --loss 'np.mean({name})'"
            )
        if not self.plan.loads:
            raise SourceError(
                f"{title} only defines functions: name one, as in {title}:"
                f"{_first_function(self.source.tree)}"
            )
        late = " within 20 seconds" if watcher.late else ""
        function = _loss_function(self.source.tree)
        other = f", or name a function: {title}:{function}" if function else ""
        raise SourceError(
            f"{title}: no loss was found{late}. Say which expression it is: "
            f"--loss '0.5 * (target - output)**2'{other}"
        )

    def _assumed(self) -> str:
        """The loss that an error line or an update line implies."""
        place = self.binding.place
        if self.found is not None and self.found.squared:
            name = place if place != "return" else f"{self.binding.function}(...)"
            return f"0.5 * np.sum({name} ** 2)"
        implied = self.watcher.implied
        if implied is not None and self.watcher.wanted is implied:
            return implied.text
        return ""

    def _moved(self, watcher: Watcher, log: list[Binding]) -> set[Node]:
        """What parameters are after the program has moved them."""
        shapes = {
            identifier(m.label): m.node.shape
            for m in watcher.leaves.made
            if m.node.is_float and identifier(m.label) in self.plan.updated
        }
        return {
            b.node
            for b in log
            if shapes.get(identifier(b.place)) == b.node.shape and b.node.inputs
        }

    def _code(self, line: int) -> str:
        return self.source.lines.get(line, "").strip()

    def _located(self, error: ClearpropError) -> ClearpropError:
        line = line_in(error, self.source.file)
        if str(error).startswith("line ") or not line:
            return error
        return type(error)(f"line {line}, {self._code(line)}: {error}")

    def _ended(self, error: SystemExit) -> ClearpropError:
        line = line_in(error, self.source.file)
        said = f" with: {error.code}" if isinstance(error.code, str) else ""
        if not said and re.search(r"\bargv\b|\bargparse\b", self.source.text):
            said = ". It is run without arguments here: give them defaults"
        return SourceError(
            f"line {line}, {self._code(line)}: the program ended itself{said}"
        )

    def _raised(self, error: Exception) -> ClearpropError:
        line = line_in(error, self.source.file)
        return script_error(error, line, self._code(line)) or explained(error)

    # -- the rest of the trace ---------------------------------------------------------

    def _leaves(self, leaves: Leaves, made: Trace) -> list[Leaf]:
        used = used_nodes(made.graph, [made.loss], made.lost)
        there = set(used)
        taken = {"np", made.name}
        place: dict[str, int] = {}
        for binding in made.log:
            place.setdefault(binding.place, binding.serial)
        found = []
        here = [m for m in leaves.made if m.node in there]
        lasting = {
            name: value
            for name, value in self.watcher.namespace.items()
            if name not in _loop_variables(self.source.tree)
        }
        labels = distinct(here, self.watcher.owners, lasting)
        # two arrays called W are told apart by where they stand: layers_0_W, layers_1_W
        shared = {identifier(label) for label in labels.values() if "." in label}
        birth = {b.node: b.serial for b in reversed(made.log)}

        def first_use(m: Made) -> int:
            late = place.get(m.label, len(made.log))
            return birth.get(m.node, late) if m.node in labels else late

        for m in sorted(here, key=first_use):
            label = labels.get(m.node, m.label)
            path = path_of(label) if m.captured else (label,)
            name = short_name(path, taken | shared)
            taken.add(name)
            path = path if m.captured else (name,)
            found.append(Leaf(m.node, label, name, path, m.value, m.captured))
        if not found:
            raise DeriveError(
                f"{self.source.title}: the loss doesn't depend on any array of the "
                "program"
            )
        return found

    def _forward(self, made: Trace) -> list[Binding]:
        """The log up to the loss, of what depends on the leaves and on nothing else."""
        own = {leaf.node for leaf in made.leaves}
        known: set[Node] = set()
        for node in made.graph.nodes:
            if node in own or (
                node.op.name != "input" and all(i in known for i in node.inputs)
            ):
                known.add(node)
        log = made.log[: self.binding.serial + 1]
        return [
            b if b.before is None or b.before in known else replace(b, before=None)
            for b in log
            if b.node in known
        ]

    def _begin_at_the_data(self, leaves: Leaves, made: Trace) -> None:
        """Make leaves of named values that no trained parameter reaches."""
        trained = {leaf.node for leaf in made.leaves if leaf.label in made.updated}
        names = {
            b.node: b.place
            for b in reversed(made.log)
            if b.serial < self.binding.serial and b.place.isidentifier()
            and b.place != "return"
        }  # fmt: skip
        found = data_nodes(made.loss, trained, names) if trained else {}
        if not found:
            return
        own = {leaf.node: leaf.value for leaf in made.leaves}
        values = dict(zip(found, evaluate(list(found), own)))
        new = begin_at(made, {n: (found[n], values[n]) for n in found})
        for node, leaf in new.items():
            label = found[node]
            leaves.made.append(Made(leaf, label, (label,), values[node], False))
            if node in self.watcher.keys:
                self.watcher.keys[leaf] = self.watcher.keys[node]
        made.leaves = self._leaves(leaves, made)

    # -- once more, without tracing ----------------------------------------------------

    def _rerun(self, values: Mapping[Node, Any]) -> Any:
        """The loss of the original program with its leaves at other values."""
        keys = self.watcher.keys
        given = {
            keys[leaf.node]: values[leaf.node]
            for leaf in self.leaves
            if leaf.node in values
        }
        binding = self.binding
        replayer = Replayer(self.plan, self.wrt, given, binding, self.hits)
        if self.watcher.wanted is not None:
            replayer.expression = self.watcher.wanted.plain
        updated = self.plan.updated | self.wrt
        code = rewrite_module(
            copied(self.source.tree), self.source.file, HOOKS, updated
        )
        with (
            HOOKS.session(None, None, replayer),
            random_state(self.state),
            running(self.source) as namespace,
        ):
            replayer.module, replayer.namespace = code, namespace
            try:
                exec(code, namespace)
            except Reached as reached:
                value = np.asarray(reached.value)
                if self.found is not None and self.found.squared:
                    return 0.5 * np.sum(value**2)
                return value.reshape(())[()]
        raise TraceError("the program took another way when it was run again")


def _names_in(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def _loop_variables(tree: ast.AST) -> set[str]:
    return {
        name.id
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For | ast.comprehension)
        for name in ast.walk(loop.target)
        if isinstance(name, ast.Name)
    }


def _first_function(tree: ast.Module) -> str:
    return _loss_function(tree) or "loss"


def _loss_function(tree: ast.Module) -> str | None:
    """The function that is named like a loss, or else the first one."""
    names = [s.name for s in tree.body if isinstance(s, ast.FunctionDef)]
    promising = [(rank(name), name) for name in names if rank(name) is not None]
    return min(promising)[1] if promising else names[0] if names else None


def _updated(trace: Trace) -> list[str]:
    """The labels of leaves that the program moves from their old value."""
    before_loss = set(ordered([trace.loss]))
    found = []
    for leaf in trace.leaves:
        word = identifier(leaf.label)
        for binding in trace.log:
            node = binding.node
            if (
                node in before_loss
                or node.shape != leaf.node.shape
                or not node.is_float
            ):
                continue
            own = binding.before is leaf.node or identifier(binding.place) == word
            if own and leaf.node in ordered([node]):
                found.append(leaf.label)
                break
    return found
