"""What planting in a fixed choice of programs gave, kept in a file.

Planting runs every mutant several times, beside its program. What came of it only
changes with the programs and the mutators, so it is written down once, a line for each
mutant, with a digest of its text; the text itself is made again by its mutator. A
mutant whose digest differs was never judged: ``again`` refuses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .mutant import Answer, Mutant
from .oracle import Judged, Outcome
from .plant import known_of, mutants
from .reading import read
from .text import Program

FILE = Path(__file__).with_name("planted.jsonl")


@dataclass(frozen=True)
class Kept:
    """A judged mutant without its text."""

    program: str
    mutator: str
    what: str
    outcome: Outcome
    mistake: str
    line: int
    also: tuple[Answer, ...]
    digest: str

    @property
    def wrong(self) -> bool:
        return self.outcome in ("changed", "crash")


def kept() -> list[Kept]:
    """The lines of the file."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Kept(*row[:6], also=tuple((line, code) for line, code in row[6]), digest=row[7])
        for row in rows
    ]


def keep(found: Iterable[Judged]) -> None:
    """Write the file."""
    rows = [
        [r.program, r.mutator, r.what, r.outcome, r.mistake, r.line, r.also, r.digest]
        for r in map(as_kept, found)
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def as_kept(judged: Judged) -> Kept:
    mutant = judged.mutant
    return Kept(
        mutant.program, mutant.mutator, mutant.what, judged.outcome, mutant.mistake,
        mutant.line, mutant.also, _digest(mutant.text),
    )  # fmt: skip


def again(rows: Iterable[Kept], folder: Path) -> Iterator[Judged]:
    """The mutants of these lines, with their texts, from the programs in a folder."""
    texts: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.program not in texts:
            texts[row.program] = _texts(folder / f"{row.program}.py")
        text = texts[row.program].get(row.digest)
        assert text is not None, f"{row.program}, {row.what}: write {FILE.name} again"
        mutant = Mutant(
            row.program, text, row.line, row.mistake, row.what, row.mutator, row.also
        )
        yield Judged(mutant, row.outcome)


def _texts(path: Path) -> dict[str, str]:
    """The mutants of a program by their digests."""
    program = Program(path.stem, path.read_text(encoding="utf-8"))
    reading = read(program, known_of(path))
    return {_digest(m.text): m.text for m in mutants(reading, each=1)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
