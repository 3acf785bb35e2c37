"""Lines of C, indented, with their blocks and loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from clearprop.training.native.access import loop_index


class Lines:
    """Text that knows how deep it is indented."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.text: list[str] = []
        self.depth = 0

    def __call__(self, *lines: str) -> None:
        self.text += ["  " * self.depth + line for line in lines]

    @contextmanager
    def block(self, head: str = "") -> Iterator[None]:
        """Lines between braces."""
        self(f"{head} {{" if head else "{")
        self.depth += 1
        yield
        self.depth -= 1
        self("}")

    @contextmanager
    def loops(
        self, names: Sequence[tuple[str, int]], pragma: str = ""
    ) -> Iterator[None]:
        """Nested loops, the pragma before the innermost."""
        if not names:
            with self.block():
                yield
            return
        for at, (name, n) in enumerate(names):
            if pragma and at == len(names) - 1:
                place = len(self.text)
                self(pragma)
            self(f"for (int64_t {name} = 0; {name} < {n}; {name}++) {{")
            self.depth += 1
        yield
        # a shared flag in the body is no reduction
        if pragma and any("strange |=" in line for line in self.text[place:]):
            del self.text[place]
        for _ in names:
            self.depth -= 1
            self("}")


def named_loops(shape: Sequence[int]) -> list[tuple[str, int]]:
    """The loops over an array's entries: (variable, length)."""
    return [(i, n) for i, n in zip(loop_index(tuple(shape)), shape) if n > 1]
