"""What clearprop refuses, and what it says then: one file of golden/refusals a case.

A case is a program, a command and the sentence that is printed. The same sentence comes
as an exception in Python, on stderr with exit code 2 and, asked for, as JSON; stdout is
left empty otherwise, and nobody sees a traceback. With UPDATE_GOLDEN=1 in the
environment the sentences are written anew, to be read before they are committed.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import clearprop
from clearprop.cli import main, parser, target
from clearprop.errors import ClearpropError, ClearpropWarning
from clearprop.trace.infile import load_function

GOLDEN = Path(__file__).parent / "golden" / "refusals"
PARTS = re.compile(r"^--- (.*)\n", re.MULTILINE)
every_refusal = pytest.mark.parametrize(
    "case", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem
)


def parsed(case):
    """The files of a case, its command and what is said."""
    text = case.read_text("utf-8")
    _, *parts = PARTS.split(text)
    found = dict(zip(parts[::2], parts[1::2]))
    command = next(name for name in found if name.startswith("$"))
    said = found.pop(command)
    return found, shlex.split(command)[2:], said.rstrip("\n"), text


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "path", sys.path[:])
    return tmp_path


def lay_out(files, folder):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff\xfe\x00" if content == "BINARY\n" else content.encode())


@every_refusal
def test_command_line(case, here, capfd):
    files, command, said, text = parsed(case)
    lay_out(files, here)
    before = sorted(here.rglob("*"))
    assert main(command) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("clearprop: ")
    found = err.removeprefix("clearprop: ").rstrip("\n")
    if os.environ.get("UPDATE_GOLDEN"):
        head = text.rpartition("--- $")[2].partition("\n")[0]
        case.write_text(f"{text.rpartition('--- $')[0]}--- ${head}\n{found}\n", "utf-8")
    else:
        assert found == said
    assert "Traceback" not in found
    assert "\n" not in found, "one sentence, on one line"
    assert "clearprop itself failed" not in found
    left = [p for p in sorted(here.rglob("*")) if "__pycache__" not in str(p)]
    assert left == before, "a refusal leaves no file behind"


@every_refusal
def test_json(case, here, capfd):
    files, command, said, _ = parsed(case)
    lay_out(files, here)
    assert main([*command, "--format=json"]) == 2
    out, _ = capfd.readouterr()
    assert json.loads(out) == {"error": said}


@every_refusal
def test_exception(case, here):
    """The same sentence from Python, where it isn't about the command line itself."""
    files, command, said, _ = parsed(case)
    lay_out(files, here)
    try:
        options = parser.parser().parse_args(command)
    except ClearpropError as error:
        assert str(error) == said
        return
    given = vars(options)
    if given["output"] or given.get("test") or given.get("against"):
        pytest.skip("about the files that a command writes")
    with pytest.raises(ClearpropError) as raised:
        target.derive(target.parse(options.target), options)
    assert str(raised.value) == said
    assert_same_from_python(options, said)


def assert_same_from_python(options, said):
    """``clearprop.derive`` says the same, without the file's name in front."""
    if options.target.count(":") != 1 or options.call:
        return
    file, name = options.target.split(":")
    try:
        function, args, kwargs = load_function(file, name)
    except ClearpropError:
        return  # there is no function to be derived
    with pytest.raises(ClearpropError) as raised:
        clearprop.derive(function, *args, wrt=target.names(options.wrt), **kwargs)
    assert str(raised.value) == said.removeprefix(f"{file}, ")


def test_a_whole_process(here):
    """Once for real: nothing is printed by anything but us."""
    (here / "homework.py").write_text("import numpy as np\nloss = np.fft.fft(\n")
    run = subprocess.run(
        [sys.executable, "-m", "clearprop", "derive", "homework.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(clearprop.__file__).parents[1])},
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("clearprop: homework.py, line 2")
    assert run.stderr.count("\n") == 1


def test_debug_shows_the_traceback(here, capfd):
    assert main(["derive", "nowhere.py", "--debug"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("clearprop: nowhere.py")


def test_a_fault_of_our_own_asks_for_a_report(here, capfd, monkeypatch):
    def broken(options):
        raise KeyError("W1")

    monkeypatch.setattr("clearprop.cli.commands.derive", broken)
    assert main(["derive", "nowhere.py"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "KeyError" in err
    assert "please report" in err


# --- in Python alone ------------------------------------------------------------------


def double(x, w):
    return np.sum(2 * x)


def test_a_loss_that_ignores_a_parameter_warns_and_gives_zeros():
    x, w = np.array([1.0, 2.0]), np.ones((3, 2))
    with pytest.warns(ClearpropWarning, match=r"double does not depend on w\b"):
        backward = clearprop.derive(double, x, w, wrt=("x", "w"))
    found = backward(x, w)
    np.testing.assert_array_equal(found["x"], [2.0, 2.0])
    np.testing.assert_array_equal(found["w"], np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("wrt", "words"),
    [
        ("v", ["wrt='v'", "x, w"]),
        (7, ["wrt=7", "2 arguments"]),
        (["x", "v"], ["wrt='v'"]),
    ],
)
def test_wrt_that_is_not_there(wrt, words):
    with pytest.raises(ClearpropError) as raised:
        clearprop.derive(double, np.ones(2), np.ones(2), wrt=wrt)
    assert all(word in str(raised.value) for word in words)


def test_style_that_is_not_there():
    with pytest.raises(ClearpropError, match="fused"):
        clearprop.derive(double, np.ones(2), np.ones(2), style="shortest")


def test_no_floating_point_argument():
    with pytest.raises(ClearpropError, match="floating-point"):
        clearprop.derive(double, np.arange(2), np.arange(2))
