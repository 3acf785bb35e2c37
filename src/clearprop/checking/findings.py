"""What is to be mended, said: blame, mend, proof, words."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clearprop.checking.as_written import shown
from clearprop.checking.blame import blamed
from clearprop.checking.claims import factor_text
from clearprop.checking.crashes import variable_of
from clearprop.checking.judgement import Judgement
from clearprop.checking.local_derivatives import LOCAL
from clearprop.checking.losses import Candidate, standard
from clearprop.checking.mend.spelling import line_of
from clearprop.checking.mending import SECONDS, Mend, applied, patched, searched
from clearprop.checking.need import Edit, Reach
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import OWN, Match, Scene
from clearprop.checking.report import Finding
from clearprop.checking.slopes import true_slope
from clearprop.checking.terms import bare
from clearprop.checking.trial import Arrays, Blame, statement_of
from clearprop.graph import Node, evaluate
from clearprop.trace.rewrite import appended
from clearprop.trace.source import Source, parsed

HOPELESS = 10**6
SHARE = 0.3  # of what is left may go into one of them,
LEAST = 0.1  # and so many seconds always


@dataclass(slots=True)
class Found:
    """A finding and the statement it is about."""

    finding: Finding
    blame: Blame
    mend: Mend | None
    serial: int  # in the order of execution
    left: int = 0  # outcomes that were wrong still when its mend was tried


Try = Callable[[str], int]  # the mended text -> how many outcomes are still wrong


def found(
    reading: Reading,
    judgement: Judgement,
    try_out: Try,
    known: Sequence[Blame] = (),
    left: int = HOPELESS,
    *,
    seconds: float,
    late: Callable[[], bool],
) -> list[Found]:
    """Every independent mistake of a step, in the order of execution.

    All searches together take at most so many ``seconds``. Once it is ``late`` for the
    check as a whole, the lines that were found by then are told without a mend.
    """
    scene = judgement.scene
    source = reading.observed.source

    def enough(blame: Blame) -> bool:
        statement = statement_of(reading, blame)
        mend, wrong = _tried(source, statement, blame.edits, [], try_out, left)
        return mend is not None and wrong == 0

    to_spend = seconds  # on searches alone: weighing the lines may take longer

    def search(
        blame: Blame, others: dict[Node, Arrays], every: bool, reach: Reach
    ) -> list[Edit]:
        nonlocal to_spend
        if late():
            return []
        share = min(max(LEAST, to_spend * SHARE), SECONDS)
        patience = Patience(share)
        edits = searched(reading, scene, blame, others, every, reach, seconds=share)
        to_spend -= share - patience.left
        return edits

    blames = blamed(
        reading,
        judgement,
        search,
        known=known,
        alone=enough,
        late=late,
    )
    blames.sort(key=lambda b: min(n.index for n in b.wanted))
    for blame in blames:
        if blame.blank and not late():
            edits = [*blame.edits, *_anew(reading, scene, blame, blames)]
            edits = edits or _anew(reading, scene, blame, blames, "plain")
            blame.edits = sorted(edits, key=lambda e: len(e.statement))
    mends: dict[int, Mend] = {}  # by the place of their blame
    rest: dict[int, int] = {}  # what was wrong still with one
    beside: dict[int, int] = {}  # how many mends were there when one was tried
    for _ in range(2):  # what a line reads may come right with a later one's mend
        for place, blame in enumerate(blames):
            if place in mends or beside.get(place) == len(mends):
                continue
            beside[place] = len(mends)
            statement = statement_of(reading, blame)
            missing = HOPELESS if blame in known else left
            done = list(mends.values())
            mend, wrong = _tried(source, statement, blame.edits, done, try_out, missing)
            if mend is not None:
                mends[place], rest[place] = mend, wrong
                left = min(left, wrong)
    waiting = [p for p, b in enumerate(blames) if p not in mends and b.edits]
    if len(waiting) > 1 and not late():
        made = [
            applied(source, statement_of(reading, blames[p]), blames[p].edits[0])
            for p in waiting
        ]
        done = [*mends.values(), *(m for m in made if m is not None)]
        text = patched(source.text, [c for m in done for c in m.changes])
        if all(made) and try_out(text) < left:  # one is nothing without the other
            mends.update((p, m) for p, m in zip(waiting, made) if m is not None)
    for place, blame in enumerate(blames):  # where nothing was found, what is derived
        if place in mends or blame.blank or late():
            continue
        edits = _anew(reading, scene, blame, blames)
        statement = statement_of(reading, blame)
        done = list(mends.values())
        mend, wrong = _tried(source, statement, edits, done, try_out, left)
        if mend is not None:
            mends[place] = mend
            left = min(left, wrong)
    return [
        Found(
            _finding(
                reading, scene, blame, statement_of(reading, blame),
                mends.get(place),
            ),
            blame, mends.get(place), min(n.index for n in blame.wanted),
            rest.get(place, 0),
        )
        for place, blame in enumerate(blames)
    ]  # fmt: skip


def _anew(
    reading: Reading,
    scene: Scene,
    blame: Blame,
    blames: Sequence[Blame],
    reach: Reach = "anew",
) -> list[Edit]:
    """The line derived anew, with the other lines mended."""
    others = {n: v for b in blames if b is not blame for n, v in b.wanted.items()}
    return searched(reading, scene, blame, others, False, reach, seconds=SECONDS)


def _tried(
    source: Source,
    statement: ast.stmt,
    edits: list[Edit],
    done: list[Mend],
    try_out: Try,
    left: int,
) -> tuple[Mend | None, int]:
    """The first edit that holds in the program, and what is still wrong with it."""
    for edit in edits[:4]:
        mend = applied(source, statement, edit)
        if mend is None:
            continue
        changes = [c for m in done for c in m.changes]
        text = patched(source.text, [*changes, *mend.changes])
        wrong = try_out(text)
        if wrong < left:
            return mend, wrong
    return None, left


def _finding(
    reading: Reading,
    scene: Scene,
    blame: Blame,
    statement: ast.stmt,
    mend: Mend | None,
) -> Finding:
    if mend is not None and mend.edit.factor != 1:
        blame = _times(blame, mend.edit.factor)
    site = reading.observed.sites[blame.site]
    text = reading.observed.source.text
    wrote = shown(text, getattr(statement, "value", None) or statement)
    variable = _variable(statement)
    expected = expectation(reading, scene, blame)
    here, there, where = _flat(*_apart(scene, blame))
    yours, right = (where + text for text in _shown(here, there))
    if blame.through is not None:  # the numbers are those of the line that uses it
        yours = right = ""
    sloped = blame.kind == "slope" and true_slope(reading, scene, blame)
    base = Finding(
        line=statement.lineno,
        variable=variable,
        mistake="wrong-derivative" if sloped else "unknown",
        message="no small edit was found"
        + (f"; the line should be {expected}" if expected else ""),
        wrote=wrote,
        expected=expected,
        yours=yours,
        right=right,
        function=site.function,
    )
    if mend is None:
        return base
    edit = mend.edit
    made = textwrap.dedent(mend.changes[-1].text)
    whole, *more = parsed(made).body
    value = getattr(whole, "value", None)
    same = (  # where dh[dh < 0] = 0 becomes dh[h < 0] = 0, it is said as a whole
        not more
        and isinstance(statement, ast.Assign)
        and isinstance(whole, ast.Assign)
        and list(map(ast.unparse, statement.targets))
        == list(map(ast.unparse, whole.targets))
    )
    mended = "\n".join(shown(made, node) for node in (whole, *more))
    if value is not None and same:
        mended = shown(made, value)
    return replace(
        base, mistake=edit.mistake, message=edit.why, suggestion=mended,
        wrote=wrote if same else shown(text, statement), changes=mend.changes,
    )  # fmt: skip


def unmended(found: Found) -> Found:
    """The same without its mend."""
    finding = replace(found.finding, suggestion=None, changes=())
    return replace(found, finding=finding, mend=None)


def _times(blame: Blame, factor: float) -> Blame:
    """The same with the constant that the mended program has."""
    varied = factor * blame.varied if blame.varied is not None else None
    wanted = blame.times(factor)
    return replace(blame, wanted=wanted, factor=factor * blame.factor, varied=varied)


def _variable(statement: ast.stmt) -> str:
    return variable_of(statement) or ast.unparse(statement)


def expectation(reading: Reading, scene: Scene, blame: Blame) -> str:
    """What the line should be: ``-dL/d hidden_layer_input``."""
    if blame.kind in ("slope", "mask"):
        return "the slope of the activation"
    if blame.kind == "earlier":
        return ""  # it is what a gradient is made of
    if blame.kind in ("sum", "turned") and blame.of is None:
        return "-what it is"
    name = blame.name
    if blame.kind == LOCAL:
        return name
    if not name:
        return "the other way round"
    if name.startswith("line "):
        tree = reading.observed.source.tree
        own = _given(reading, blame.of) if blame.of is not None else None
        name = own or _unnamed(tree, int(name.removeprefix("line ")))
    if blame.kind == "update":
        if blame.varied is None:  # Adam and the like have no one factor
            return f"moved the other way, against dL/d {name}"
        lead = factor_text(reading, scene, Match(blame.factor, blame.varied))
        return f"moved by {lead}dL/d {name}"
    lead = factor_text(reading, scene, Match(blame.factor, blame.factor))
    return f"{lead}what it is" if blame.kind == "multiple" else f"{lead}dL/d {name}"


def _given(reading: Reading, node: Node) -> str | None:
    """What the value of a ``return`` is called where it was asked for."""
    within = bare(node)
    names = (b.place for n, b in reading.named.items() if bare(n) is within)
    return next(names, None)


def _unnamed(tree: ast.AST, line: int) -> str:
    """What has no name, as the line writes it: the ``x @ W`` of ``h = np.tanh(x @ W)``.

    Where it isn't all that a function is called with, but for numbers, the line has to
    say it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.Return | ast.Expr) and node.lineno == line:
            call = node.value
            while isinstance(call, ast.Call) and not call.keywords:
                given = [a for a in call.args if not isinstance(a, ast.Constant)]
                if len(given) != 1:
                    break
                if appended(call) is None:
                    return f"({ast.unparse(given[0])})"
                call = given[0]
    return f"(what line {line} computes first)"


def plainly_found(reading: Reading, site: int, mend: Mend) -> Finding:
    """A finding whose mend was found by trying the program."""
    here = reading.observed.sites[site]
    suggestion = mend.edit.statement
    if mend.edit.mistake == "unknown" and isinstance(here.statement, ast.Assign):
        whole = parsed(suggestion).body[0]
        suggestion = ast.unparse(whole.value)  # type: ignore[attr-defined]
    targets = getattr(here.statement, "targets", [here.statement])
    several = map(ast.unparse, getattr(targets[0], "elts", []))
    return Finding(
        line=here.statement.lineno,
        variable=next(
            (t for t in several if t == mend.edit.old), _variable(here.statement)
        ),
        mistake=mend.edit.mistake,
        message=mend.edit.why,
        suggestion=suggestion,
        wrote=line_of(here.statement),
        changes=mend.changes,
        function=here.function,
    )


Whole = Callable[[Reading, Step, Candidate], bool]


def mismatched(
    reading: Reading,
    step: Step,
    bound: Candidate,
    made: list[Found],
    whole: Whole,
) -> Finding | None:
    """The backward pass of another standard loss, right as such."""
    for other in standard(reading, step):
        if not whole(reading, step, other):
            continue
        first = min(made, key=lambda f: f.serial).finding
        return replace(
            first,
            mistake="loss-mismatch",
            message=f"this is the gradient of the {other.name}, {other.text}; the "
            f"program's loss is {bound.text} ({bound.source})",
            suggestion=None,
            changes=(),
        )
    return None


def _apart(scene: Scene, blame: Blame) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the first execution in which they differ.

    Those of the program where it can be, those of a replay where not.
    """
    both = [
        (node, np.asarray(scene.values(node)[0]), np.asarray(wanted[0]))
        for node, wanted in blame.wanted.items()
    ]
    for node, yours, right in both:
        if yours.shape != right.shape or not np.allclose(yours, right):
            return _at_home(scene, blame, node, right) or (yours, right)
    return both[0][1:]


def _at_home(
    scene: Scene, blame: Blame, node: Node, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """The same at the program's own numbers, where what is right is one gradient."""
    gradient = scene.gradient.get(blame.of) if blame.of is not None else None
    if gradient is None or node.shape != gradient.shape:
        return None
    if not np.allclose(blame.factor * scene.values(gradient)[0], right):
        return None
    own = scene.own()
    with np.errstate(all="ignore"):
        evaluate([node, gradient], {}, own)
    here, there = (np.asarray(own[n], dtype=float) for n in (node, gradient))
    there = blame.factor * there
    told = np.isfinite(here).all() and np.isfinite(there).all()
    return (here, there) if told and not np.allclose(here, there) else None


def _shown(*arrays: np.ndarray) -> list[str]:
    """Numbers that differ, with as many digits as it takes to see it."""
    for digits in range(6, 18):
        texts = [_digits(array, digits) for array in arrays]
        if len(set(texts)) == len(texts):
            break
    return texts


def _flat(yours: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Of values with many axes the first table in which they differ, and where."""
    if yours.shape != right.shape or yours.ndim < 3:
        return yours, right, ""
    apart = ~np.isclose(yours, right).all(axis=(-2, -1))
    where = tuple(int(i) for i in np.argwhere(apart)[0]) if apart.any() else (0,)
    where += (0,) * (yours.ndim - 2 - len(where))
    return yours[where], right[where], f"at [{', '.join(map(str, where))}]: "


def _digits(array: np.ndarray, digits: int) -> str:
    array = array + 0.0  # -0 is 0
    if not array.ndim:
        return f"{float(array):.{digits}g}"
    with np.printoptions(precision=digits, threshold=8, edgeitems=2, linewidth=160):
        text = str(array)
        return text if array.ndim > 1 else " ".join(text.split())


__all__ = ["OWN", "Found", "found"]
