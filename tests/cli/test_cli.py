"""The commands as a user meets them: what they print, write and return."""

import io
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
from clearprop.cli import main, output

ROOT = Path(__file__).parents[2]
NETWORK = """\
import numpy as np


def loss(x, W, used=1.0):
    print("hear me")
    return np.sum(np.tanh(x @ W) ** 2)


class Network:
    def __init__(self):
        self.W = np.ones((3, 2))

    def loss(self, x):
        return loss(x, self.W)


print("this is", __name__)
x, W = np.ones((4, 3)), np.ones((3, 2))
net = Network()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "network.py").write_text(NETWORK)
    return tmp_path


@pytest.fixture
def run(here, capfd):
    def run(*words):
        code = main(words)
        out, err = capfd.readouterr()
        assert code == 0, err
        assert err == ""
        return out

    return run


ENV = {**os.environ, "PYTHONPATH": str(Path(clearprop.__file__).parents[1])}
COMMAND = [sys.executable, "-m", "clearprop"]


def process(*words):
    run = subprocess.run([*COMMAND, *words], capture_output=True, env=ENV)
    return run.returncode, run.stdout.decode("utf-8"), run.stderr.decode("utf-8")


def function_in(source, name):
    scope = {}
    exec(source, scope)
    return scope[name]


# --- derive ---------------------------------------------------------------------------


def test_what_is_printed_runs_alone(run):
    source = run("derive", "network.py:loss")
    backward = function_in(source, "loss_backward")
    x, W = np.array([[0.1, 0.2, 0.3]]), np.full((3, 2), 0.5)
    h = np.tanh(x @ W)
    np.testing.assert_allclose(backward(x, W)["W"], x.T @ (2 * h * (1 - h**2)))


def test_the_program_is_not_heard(run):
    assert "hear me" not in run("derive", "network.py:loss")
    assert "__main__" not in run("derive", "network.py:net.loss")


def test_method_of_an_object(run):
    assert '"self.W"' in run("derive", "network.py:net.loss")


def test_wrt_and_call_and_style(run):
    source = run("derive", "network.py", "--call", "loss(x[:2], W)", "--wrt", "x")
    backward = function_in(source, "loss_backward")
    assert list(backward(np.ones((2, 3)), np.ones((3, 2)))) == ["x"]
    atomic = run("derive", "network.py:loss", "--style", "atomic")
    assert len(atomic.splitlines()) > len(run("derive", "network.py:loss").splitlines())


def test_latex(run):
    found = run("derive", "network.py:loss", "--to", "latex")
    assert r"\frac{\partial L}{\partial W}" in found


def test_json(run):
    found = json.loads(run("derive", "network.py:loss", "--format", "json"))
    assert found["file"] == "network.py"
    assert found["name"] == "loss_backward"
    assert found["wrt"] == ["W"]
    assert found["gradients"] == {"W": {"shape": [3, 2], "dtype": "float64"}}
    assert found["loss"] == pytest.approx(8 * np.tanh(3) ** 2)
    assert found["warnings"] == []
    assert "def loss_backward" in found["source"]


def test_json_tells_warnings(run):
    out = run("derive", "network.py", "--call", "loss(x, W, 2.0)", "--wrt", "used,W",
              "--format", "json")  # fmt: skip
    found = json.loads(out)
    assert found["wrt"] == ["W", "used"]
    assert ["does not depend on used" in w for w in found["warnings"]] == [True]


def test_a_warning_goes_to_stderr(here, capfd):
    words = ["derive", "network.py", "--call", "loss(x, W, 2.0)", "--wrt", "used,W"]
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert out.startswith("import numpy as np")
    assert err.startswith(
        "clearprop: warning: the loss of loss does not depend on used"
    )


def test_a_loss_that_the_program_does_not_name_is_told(here, run, capfd):
    (here / "a.py").write_text(
        "import numpy as np\nw = np.ones(2)\nx = np.ones(2)\nerror = 3.0 - w @ x\n"
    )
    said = (
        "no name says what the loss is: this is for 0.5 * np.sum(error ** 2) "
        "(--loss names another)"
    )
    assert main(["derive", "a.py"]) == 0
    assert capfd.readouterr().err == f"clearprop: {said}\n"
    assert json.loads(run("derive", "a.py", "--format", "json"))["warnings"] == [said]


def test_expressions_may_begin_with_a_minus(run, here):
    (here / "a.py").write_text(
        "import numpy as np\nw = np.ones(2)\np = np.exp(-w @ w)\n"
    )
    source = run("derive", "a.py", "--loss", "-np.log(p)")
    np.testing.assert_allclose(
        function_in(source, "a_backward")(np.ones(2))["w"], [2, 2]
    )


# --- files ----------------------------------------------------------------------------


def test_output_goes_to_a_file(run, here):
    printed = run("derive", "network.py:loss")
    assert run("derive", "network.py:loss", "-o", "out.py") == ""
    assert (here / "out.py").read_text() == printed
    assert run("explain", "network.py:loss", "-o", "out.txt") == ""
    assert (here / "out.txt").read_text() == run("explain", "network.py:loss")


def test_a_file_is_replaced_whole_and_keeps_its_rights(here):
    path = here / "out.py"
    path.write_text("old")
    path.chmod(0o640)
    output.write_file("out.py", "new")
    assert path.read_text() == "new\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in here.iterdir()) == ["network.py", "out.py"]


def test_a_failure_leaves_the_old_file(here, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    (here / "out.py").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(clearprop.ClearpropError, match="No space left"):
        output.write_file("out.py", "new")
    assert (here / "out.py").read_text() == "old"
    assert sorted(p.name for p in here.iterdir()) == ["network.py", "out.py"]


def test_a_link_is_followed(here):
    (here / "real.py").write_text("old")
    (here / "link.py").symlink_to("real.py")
    output.write_file("link.py", "new")
    assert (here / "link.py").is_symlink()
    assert (here / "real.py").read_text() == "new\n"


# --- explain --------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["text", "markdown", "html", "latex"])
def test_every_language_of_an_explanation(run, language):
    assert "tanh" in run("explain", "network.py:loss", "--format", language)


def test_explanation_fits_a_terminal_and_is_plain(run):
    found = run("explain", str(ROOT / "examples" / "tutorial.py"))
    assert max(map(len, found.splitlines())) <= 80
    assert "\x1b" not in found


def test_explanation_as_json(run):
    found = json.loads(run("explain", "network.py:loss", "--format", "json"))
    assert {"file", "name", "source", "wrt", "loss", "gradients", "steps"} <= set(found)
    assert found["steps"][-1]["target"] == "dW"


def test_pictures(run, here):
    run("explain", str(ROOT / "examples" / "tutorial.py"), "--graph", "g.svg",
        "--network", "n.svg", "-o", "text.txt")  # fmt: skip
    for name in ("g.svg", "n.svg"):
        assert (here / name).read_text("utf-8").lstrip().startswith("<svg")


@pytest.mark.parametrize("option", ["--graph", "--network"])
def test_a_picture_of_another_kind_is_refused(here, capfd, option):
    assert main(["explain", "network.py:loss", option, "g.png"]) == 2
    assert "g.png: this picture is an .svg file" in capfd.readouterr().err
    assert not (here / "g.png").exists()


def test_colour_on_a_terminal_only(run, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert not output.coloured(io.StringIO())
    assert not output.coloured(Terminal())  # NO_COLOR is set
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    assert output.coloured(Terminal())
    assert not output.coloured(io.StringIO())


def commands_in_examples():
    for path in sorted((ROOT / "examples").glob("*.py")):
        yield from re.findall(r"^ +clearprop (.*)$", path.read_text("utf-8"), re.M)


@pytest.mark.parametrize("command", sorted(set(commands_in_examples())))
def test_what_the_examples_tell_to_type(run, command, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run(*shlex.split(command))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples").glob("t[uw]*.py")), ids=lambda p: p.stem
)
def test_the_seeds_are_derived_and_explained(run, path):
    assert "_backward(" in run("derive", str(path))
    assert "Backward pass" in run("explain", str(path))


# --- the process ----------------------------------------------------------------------


def test_version():
    assert process("--version") == (0, f"clearprop {clearprop.__version__}\n", "")


@pytest.mark.parametrize("command", ["", "derive", "explain"])
def test_help_shows_an_example_that_is_there(command):
    code, out, _ = process(*command.split(), "--help")
    assert code == 0
    shown = re.findall(
        rf"^ +clearprop {command or 'derive'} (examples/\S+\.py)", out, re.M
    )
    assert shown
    assert all((ROOT / path).exists() for path in shown)
    assert max(map(len, out.splitlines())) <= 88


def test_interrupted(here, capfd, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("clearprop.cli.commands.derive", interrupted)
    assert main(["derive", "network.py"]) == 130
    assert capfd.readouterr().err == "clearprop: interrupted\n"


def test_a_reader_that_has_seen_enough(here):
    command = f"{shlex.join(COMMAND)} explain network.py:loss | head -1"
    found = subprocess.run(command, shell=True, capture_output=True, text=True, env=ENV)
    assert len(found.stdout.splitlines()) == 1
    assert found.stderr == ""


def test_a_terminal_without_greek(here):
    found = subprocess.run(
        [*COMMAND, "explain", "network.py:loss"],
        capture_output=True,
        env={**ENV, "PYTHONIOENCODING": "ascii"},
    )
    assert found.returncode == 0
    assert found.stdout.isascii()
    assert b"?L/?W" in found.stdout


def test_children_of_the_program_are_not_heard(here, capfd):
    (here / "loud.py").write_text(
        "import os, sys\nimport numpy as np\nos.system('echo loud')\n"
        "print('loud', file=sys.stderr)\nw = np.ones(2)\nloss = np.sum(w * w)\n"
    )
    assert main(["derive", "loud.py"]) == 0
    out, err = capfd.readouterr()
    assert "loud" not in out.replace("loud_backward", "").replace("of loud", "")
    assert err == ""


def test_nothing_of_the_process_is_changed(here):
    before = os.getcwd(), sys.path[:], sys.argv[:], sys.modules["__main__"]
    assert main(["derive", "network.py:loss", "-o", "out.py"]) == 0
    assert (os.getcwd(), sys.path[:], sys.argv[:], sys.modules["__main__"]) == before


def test_light_modules_only():
    """What start-up must not pay for: see benchmarks for the time itself."""
    script = (
        "import sys, numpy; before = set(sys.modules)\n"
        "import clearprop.cli.commands, clearprop.cli.parser, clearprop.backward\n"
        "import clearprop.trace.script\n"
        "heavy = {'json', 'unittest', 'asyncio', 'traceback', 'matplotlib',\n"
        "         'scipy', 'clearprop.explain', 'clearprop.write.latex'}\n"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=ENV
    )
    assert found.stdout == "[]\n", found.stderr
