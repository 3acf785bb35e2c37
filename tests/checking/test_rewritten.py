"""A right program stays right when it is written in another way that changes nothing.

Each program of ``right/`` is rewritten by one of the ways below, whichever its name
says: what somebody else would have written for the same backward pass.
"""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

import clearprop as cp

RIGHT = sorted((Path(__file__).parent / "right").glob("[ls]*.py"))  # scripts, loops


class Plainly(ast.NodeTransformer):
    """``W -= step`` becomes ``W = W - step``: a new array, not the old one changed.

    But where a function, or a loop over weights, moves the array of somebody else.
    """

    def __init__(self, tree: ast.Module) -> None:
        given = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
        loops = [
            n for n in ast.walk(tree) if isinstance(n, ast.For | ast.comprehension)
        ]
        self.others = given.union(*(names_in(n.target, ast.Store) for n in loops))

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.target, ast.Name) or node.target.id in self.others:
            return node
        old = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], ast.BinOp(old, node.op, node.value))


class Products(ast.NodeTransformer):
    """``a @ b.T`` becomes ``np.matmul(a, np.transpose(b))``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return called("matmul", node.left, node.right)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return called("transpose", node.value) if node.attr == "T" else node


class Named(ast.NodeTransformer):
    """``W -= rate * dW`` becomes ``part1 = rate * dW; W -= part1``."""

    def __init__(self) -> None:
        self.names = 0

    def named(self, value: ast.expr, found: list[ast.stmt]) -> ast.expr:
        if not isinstance(value, ast.BinOp | ast.Call):
            return value
        self.names += 1
        name = f"part{self.names}"
        found.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return ast.Name(name, ast.Load())

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        if isinstance(node.value, ast.BinOp):
            node.value.left = self.named(node.value.left, before)
            node.value.right = self.named(node.value.right, before)
        return [*before, node]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        node.value = self.named(node.value, before)
        return [*before, node]


class Annotated(ast.NodeTransformer):
    """``dW = …`` becomes ``dW: object = …``."""

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        (target, *more) = node.targets
        if more or not isinstance(target, ast.Name):
            return node
        return ast.AnnAssign(target, ast.Name("object", ast.Load()), node.value, 1)


class Printed(ast.NodeTransformer):
    """Each value that gets a name is looked at."""

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Name):
            return [node]
        look = ast.parse(f"print({target.id!r}, {target.id})").body
        return [node, *look]


def called(function: str, *given: ast.expr) -> ast.expr:
    numpy = ast.Attribute(ast.Name("np", ast.Load()), function, ast.Load())
    return ast.Call(numpy, list(given), [])


def in_main(tree: ast.Module) -> ast.Module | None:
    """All that runs moves into ``main()``, where no function reads it from outside."""
    apart = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    top = [s for s in tree.body if isinstance(s, apart)]
    runs = [s for s in tree.body if not isinstance(s, apart)]
    given = {n for s in runs for n in names_in(s, ast.Store)}
    if "main" in {getattr(s, "name", "") for s in top}:
        return None
    if not runs or given & {n for s in top for n in names_in(s, ast.Load)}:
        return None
    (main, *start) = ast.parse("def main(): pass\nif __name__: main()").body
    assert isinstance(main, ast.FunctionDef)
    main.body = runs
    return ast.Module([*top, main, *start], [])


def names_in(tree: ast.AST, kind: type[ast.expr_context]) -> set[str]:
    return {
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, kind)
    }


def by_another_name(form: str) -> Callable[[ast.Module], ast.Module | None]:
    """``dW1`` becomes ``grad_W1``, or whatever the form says, everywhere."""

    def rewritten(tree: ast.Module) -> ast.Module | None:
        text = ast.unparse(tree)
        known = set(re.findall(r"\w+", text))
        new = {f"d{n}": form.format(n) for n in known if re.fullmatch(r"[WbU]\w?", n)}
        new = {old: name for old, name in new.items() if old in known}
        if not new or known & set(new.values()):
            return None
        words = "|".join(new)
        return ast.parse(re.sub(rf"\b({words})\b", lambda m: new[m[1]], text))

    return rewritten


def by_numpy_s_name(tree: ast.Module) -> ast.Module | None:
    text = re.sub(r"\bnumpy as np\b", "numpy", ast.unparse(tree))
    return ast.parse(re.sub(r"\bnp\.", "numpy.", text))


WAYS: list[Callable[[ast.Module], ast.Module | None]] = [
    lambda tree: Plainly(tree).visit(tree),
    in_main,
    lambda tree: Named().visit(tree),
    by_another_name("grad_{}"),
    lambda tree: Annotated().visit(tree),
    lambda tree: Products().visit(tree),
    by_another_name("dJ_d{}"),
    lambda tree: Printed().visit(tree),
    by_numpy_s_name,
]


def rewritten(text: str, first: int) -> str:
    """The program as the first way that applies writes it, beginning with one."""
    plain = ast.unparse(ast.parse(text))
    for way in [*WAYS[first:], *WAYS[:first]]:
        tree = way(ast.parse(text))
        if tree is not None:
            other = ast.unparse(ast.fix_missing_locations(tree))
            if other != plain:
                return other
    raise AssertionError("no way applies")


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_another_way_to_write_it_is_as_right(path: Path, tmp_path: Path) -> None:
    first = crc32(path.name.encode()) % len(WAYS)  # whatever programs there are
    other = tmp_path / path.name
    other.write_text(rewritten(path.read_text(), first))
    report = cp.check(other)
    assert report.verdict == "right", (other.read_text(), report)
