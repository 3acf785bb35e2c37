"""What the README and the docs show is what happens.

In each document, from top to bottom: a ```python block is run, and what follows
``<!-- prints -->`` is what it printed; one after ``<!-- needs: MODULE -->`` is run
where that is installed; a block after ``<!-- file: NAME -->`` is saved as that file; in
a ```console block each line that begins with ``$`` is a command, and what follows is
what it answered, or a part of it: ``<!-- only: BEGIN until END -->``.
With UPDATE_GOLDEN=1 in the environment the outputs are written anew, to be read before
they are committed.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from clearprop.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<kind>\w*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#([^)\s]+))?\)")


class Reader:
    """Follows one document as a reader would, in a folder of its own."""

    def __init__(self, text):
        self.text = text
        self.scope = {"__name__": "__main__"}
        self.printed = ""  # None: by a block that needs what isn't installed
        self.blocks = 0
        self.changes = []  # (start, end, what really happens)

    def read(self):
        for block in BLOCK.finditer(self.text):
            note = block["note"] or ""
            if note == "prints":
                if self.printed is None:
                    continue
                self.same(block.span("code"), self.printed)
            elif note.startswith("file: "):
                Path(note.removeprefix("file: ")).write_text(block["code"], "utf-8")
            elif note == "not run":
                pass
            elif note.startswith("needs: ") and not find_spec(note[len("needs: ") :]):
                self.printed = None
            elif block["kind"] == "python":
                self.printed = self.run_python(block["code"])
            elif block["kind"] == "console":
                found = self.run_console(block["code"])
                if note.startswith("only: "):
                    found = only(found, *note.removeprefix("only: ").split(" until "))
                self.same(block.span("code"), found)
            else:
                assert block["kind"] in ("", "text"), f"a block of {block['kind']}"

    def run_python(self, code):
        """From a file, as a reader would: functions have a source to be traced."""
        self.blocks += 1
        file = Path(f"block{self.blocks}.py").absolute()
        file.write_text(code, "utf-8")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(file), "exec"), self.scope)
        return printed.getvalue()

    def run_console(self, shown):
        found = ""
        for line in shown.splitlines(keepends=True):
            if line.startswith("$ "):
                found += line + run_command(shlex.split(line[2:], comments=True))
        return found

    def same(self, span, found):
        shown = self.text[slice(*span)]
        assert "clearprop itself failed" not in found, found
        if tidy(shown) != tidy(found):
            self.changes.append((*span, shown, found))


def only(found, begin, end):
    """The command, and of its answer the lines from one that begins so to another."""
    command, *lines = found.splitlines()
    starts = [line.strip().startswith(begin) for line in lines]
    first = starts.index(True)
    after = [line.strip().startswith(end) for line in lines[first:]]
    kept = lines[first : first + after.index(True)]
    return "\n".join([command, "...", *kept, "..."]) + "\n"


def tidy(text):
    """Without spaces at the ends of lines, which editors take away."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def run_command(words):
    """What a command answers on the terminal."""
    if words[0] == "clearprop":
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(words[1:])
        return out.getvalue() + err.getvalue()
    words[0] = {"python": sys.executable}.get(words[0], words[0])
    if words[0] == "pytest":
        words = [sys.executable, "-m", "pytest", *words[1:]]
    # pytest cuts its lines on a desk and leaves them whole where CI is set
    desk = {k: v for k, v in os.environ.items() if k not in ("CI", "BUILD_NUMBER")}
    desk["COLUMNS"] = "80"
    run = subprocess.run([*words], capture_output=True, text=True, env=desk)
    return re.sub(r" in \d+\.\d+s", "", run.stdout + run.stderr)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    text = document.read_text("utf-8")
    reader = Reader(text)
    reader.read()
    if os.environ.get("UPDATE_GOLDEN"):
        for start, end, _, found in reversed(reader.changes):
            text = text[:start] + tidy(found) + "\n" + text[end:]
        document.write_text(text, "utf-8")
        return
    for _, _, shown, found in reader.changes:
        assert tidy(found) == tidy(shown)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    prose = BLOCK.sub("", document.read_text("utf-8"))
    for path, anchor in LINK.findall(prose):
        target = document.parent / path
        assert target.exists(), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


def anchors(path):
    titles = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", t.lower()) for t in titles]
    return [t.strip().replace(" ", "-") for t in plain]
