"""What a program's comments, or ``--claim``, say that its lines are.

Comes in a program; go out its statements: ``delta_w = -learnrate * dL/d W`` says that
``delta_w`` is a factor times the gradient of ``W``. A comment speaks of the statement
on its line or of those below it, up to an empty line. ``L = cost`` says what L is. What
can't be read is refused in one sentence, because a claim that nobody checks misleads.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace

from clearprop.errors import SourceError
from clearprop.trace.source import Source

UNDERSTOOD = "name = factor * dL/d other_name, such as delta_w = -learnrate * dL/d W"
LONGEST = 500  # characters of a claim: somebody else's may be meant to be a burden
_COMMENT = re.compile(r"#+\s*clearprop:\s*(?P<text>.*?)\s*$")
_EQUATION = re.compile(r"(?P<place>[^=]+?)\s*=(?!=)\s*(?P<value>.+)")
_GRADIENT = re.compile(
    r"\b(?:d|∂)\s*(?:L|E|J|C|loss|Loss|cost|Cost|error|Error)\s*/\s*(?:d|∂)\s*"
    r"(?P<of>\(|[A-Za-z_]\w*(?:\.\w+|\[[^\[\]]*\])*)"
)
_MARK = "gradient__"  # stands for dL/d … while the rest is read as Python


@dataclass(frozen=True, slots=True)
class Statement:
    """``place`` should be ``lead`` times the gradient of ``of``.

    ``lines`` hold the statements that give the place its value; without any, those of
    the whole program do.
    """

    place: str
    lead: str
    of: str
    text: str  # of the right side, as it was written
    line: int = 0  # of the comment; 0 where it stands in none
    lines: frozenset[int] = frozenset()


def statements(source: Source) -> list[Statement]:
    """Every claim that is stated, those of the comments first."""
    found = []
    for line, text, alone in _comments(source):
        where = f"{source.named(line)}, # clearprop: {text}"
        if _loss(text) is not None:
            continue
        one = _read(text, where)
        lines = _lines(source, one, line, alone, where)
        found.append(replace(one, line=line, lines=lines))
    for text in source.claims:
        where = f'--claim "{text}"'
        one = _read(text, where)
        if not any(_binds(s, one.place) for s in _simple(source.tree)):
            raise SourceError(f"{where}: no line gives {one.place} a value")
        found.append(one)
    return found


def stated_loss(source: Source) -> str | None:
    """What a comment says that L is: ``# clearprop: L = cost``."""
    for _, text, _ in _comments(source):
        found = _loss(text)
        if found is not None:
            return found
    return None


def asked_for(source: Source, loss: str) -> str:
    """A loss in the words that ask for it."""
    by_comment = stated_loss(source) == loss
    return f"# clearprop: L = {loss}" if by_comment else f"--loss {loss}"


def without_claims(source: Source, line: int, place: str) -> Source:
    """A program whose claims about one place on one line are gone, line for line."""
    lines = source.text.splitlines()
    for one in statements(source):
        if one.place == place and line in one.lines:
            lines[one.line - 1] = _muted(lines[one.line - 1])
    claims = [c for c in source.claims if _read(c, c).place != place]
    text = "\n".join(lines) + "\n"
    return replace(source, text=text, tree=ast.parse(text), claims=tuple(claims))


def without_comments(source: Source) -> Source:
    """A program in which no comment states anything, line for line."""
    lines = source.text.splitlines()
    for line, _, _ in _comments(source):
        lines[line - 1] = _muted(lines[line - 1])
    text = "\n".join(lines) + "\n"
    return replace(source, text=text, tree=ast.parse(text))


def _muted(line: str) -> str:
    return re.sub(r"#+\s*clearprop:.*$", "#", line)


# -- one claim -------------------------------------------------------------------------


def _loss(text: str) -> str | None:
    """``cost`` of ``L = cost``."""
    found = _EQUATION.fullmatch(text)
    if found is None or found["place"] != "L" or _GRADIENT.search(found["value"]):
        return None
    return found["value"]


def _read(text: str, where: str) -> Statement:
    """A claim in its parts."""
    unclear = SourceError(f"{where}: this can't be read. What can be is {UNDERSTOOD}")
    found = _EQUATION.fullmatch(text.strip())
    if found is None or len(text) > LONGEST:
        raise unclear
    gradients = list(_GRADIENT.finditer(found["value"]))
    if len(gradients) != 1:
        raise unclear
    value, (one,) = found["value"], gradients
    of, end = _whole(value, one)
    try:
        place = ast.unparse(ast.parse(found["place"], mode="eval").body)
        body = ast.parse(f"{value[: one.start()]}{_MARK}{value[end:]}", mode="eval")
        of = ast.unparse(ast.parse(of, mode="eval").body)
    except (SyntaxError, ValueError):
        raise unclear from None
    if not re.match(r"[A-Za-z_]", place) or not _is_factor(body.body):
        raise unclear
    return Statement(place, re.sub(_MARK, "1.0", ast.unparse(body)), of, value)


def _whole(value: str, found: re.Match[str]) -> tuple[str, int]:
    """What the gradient is of, and where that ends: ``(X @ W + b)`` as a whole."""
    if found["of"] != "(":
        return found["of"], found.end()
    depth = 0
    for i in range(found.start("of"), len(value)):
        depth += (value[i] == "(") - (value[i] == ")")
        if not depth:
            return value[found.start("of") + 1 : i], i + 1
    return "", len(value)


def _is_factor(code: ast.expr) -> bool:
    """Whether the gradient is a factor of a product: of ``-2 * g / n`` it is."""
    if isinstance(code, ast.Name) and code.id == _MARK:
        return True
    if isinstance(code, ast.UnaryOp) and isinstance(code.op, ast.USub | ast.UAdd):
        return _is_factor(code.operand)
    if isinstance(code, ast.BinOp) and isinstance(code.op, ast.Mult | ast.Div):
        left = _is_factor(code.left) and _MARK not in ast.unparse(code.right)
        times = isinstance(code.op, ast.Mult) and _is_factor(code.right)
        return left or (times and _MARK not in ast.unparse(code.left))
    return False


# -- where it stands -------------------------------------------------------------------


def _comments(source: Source) -> Iterator[tuple[int, str, bool]]:
    """Line, text and whether nothing else stands on the line."""
    if "clearprop:" not in source.text:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found is not None:
            alone = token.line.lstrip().startswith("#")
            yield token.start[0], found["text"], alone


def _lines(
    source: Source, one: Statement, line: int, alone: bool, where: str
) -> frozenset[int]:
    """The lines of the statements that a comment speaks of."""
    near = [s for s in _simple(source.tree) if _binds(s, one.place)]
    if not alone:
        here = [s for s in near if s.lineno <= line <= (s.end_lineno or 0)]
        if not here:
            raise SourceError(f"{where}: this line doesn't give {one.place} a value")
        return _covered(here)
    last = _end_of_paragraph(source, line)
    here = [s for s in near if line < s.lineno <= last]
    if not here:  # an answer that is worked out in a paragraph of its own
        first, end = _scope(source.tree, line)
        after = [s for s in near if line < s.lineno and first <= s.lineno <= end]
        start = min((s.lineno for s in after), default=0)
        last = _end_of_paragraph(source, start) if start else 0
        here = [s for s in after if s.lineno <= last]
    if not here:
        raise SourceError(f"{where}: no line below it gives {one.place} a value")
    return _covered(here)


def _covered(found: list[ast.stmt]) -> frozenset[int]:
    return frozenset(
        n for s in found for n in range(s.lineno, (s.end_lineno or s.lineno) + 1)
    )


def _end_of_paragraph(source: Source, line: int) -> int:
    """The last line before an empty one, a further claim or the end of the block."""
    lines = source.lines
    depth = len(lines[line]) - len(lines[line].lstrip())
    while _COMMENT.match(lines.get(line + 1, "").strip()):
        line += 1  # several claims above one paragraph
    while lines.get(line + 1, "").strip():
        text = lines[line + 1]
        if len(text) - len(text.lstrip()) < depth or _COMMENT.match(text.strip()):
            break
        line += 1
    return line


def _scope(tree: ast.Module, line: int) -> tuple[int, int]:
    """The first and the last line of the innermost function around a line."""
    around = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return max(around, default=(0, 10**9))


def _simple(tree: ast.Module) -> list[ast.stmt]:
    kinds = ast.Assign | ast.AugAssign
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _binds(statement: ast.stmt, place: str) -> bool:
    """Whether a statement gives a place its value, or a part of it."""
    targets = getattr(statement, "targets", None) or [
        getattr(statement, "target", None)
    ]
    waiting = [t for t in targets if t is not None]
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Tuple | ast.List):
            waiting += target.elts
        elif isinstance(target, ast.Starred):
            waiting.append(target.value)
        elif ast.unparse(target) == place:
            return True
        elif isinstance(target, ast.Subscript):
            waiting.append(target.value)
    return False
