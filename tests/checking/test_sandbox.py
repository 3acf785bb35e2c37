"""Programs that misbehave, each contained, and a good one that runs after them.

Each is tried in every layer that this machine has; a layer that isn't there is skipped
with the reason. After each test no process and no file may be left.
"""

import json
import os
import platform
import socket
import sys
import tempfile
import time
from pathlib import Path

import pytest

from clearprop.checking.sandbox import (
    Answer,
    Layer,
    Limits,
    available,
    channel,
    landlock,
    layers,
    parent,
    run,
    seccomp,
    why_not,
)
from clearprop.checking.sandbox.syscalls import DENIED, ON_ONESELF
from clearprop.checking.sandbox.trial import EXECUTE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")

SOON = Limits(wall=60, cpu=1)  # wall: the machine may be busy
GOOD = "import numpy as np\nresult = float((np.eye(3) @ np.ones(3)).sum())"


@pytest.fixture(params=[Layer.BUBBLEWRAP, Layer.LANDLOCK])
def layer(request):
    if reason := why_not(request.param):
        pytest.skip(f"{request.param}: {reason}")
    return request.param


@pytest.fixture(params=list(Layer))
def any_layer(request):
    reason = "" if request.param is Layer.PLAIN else why_not(request.param)
    if reason:
        pytest.skip(f"{request.param}: {reason}")
    return request.param


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch, tmp_path):
    available()  # the probe has its own processes
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    started, begin = [], parent._start

    def start(*arguments):
        process = begin(*arguments)
        started.append(process.pid)
        return process

    monkeypatch.setattr(parent, "_start", start)
    yield
    monkeypatch.undo()
    assert list(temporary.iterdir()) == []
    deadline = time.monotonic() + 3
    while left := belonging_to(set(started)):
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def belonging_to(leaders: set[int]) -> list[str]:
    """The processes, zombies too, of the sessions and groups that these began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, ppid, group, session = rest.split()[:4]
        if state == "Z" and int(ppid) != os.getpid():
            continue  # dead, and the machine's first process to bury
        if leaders & {int(group), int(session)}:
            found.append(f"{name}) {state}")
    return found


def attempt(source: str, layer: Layer, limits: Limits = SOON, **given) -> Answer:
    return run(EXECUTE, {"source": source, "given": given}, layer=layer, limits=limits)


def assert_good(layer: Layer) -> None:
    answer = attempt(GOOD, layer, Limits())
    assert (answer.ok, answer.result, answer.problem) == (True, 3.0, "")


@pytest.mark.skipif(
    not (sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")),
    reason="the layers need Linux",
)
def test_a_layer_is_there_wherever_the_kernel_has_landlock():
    try:
        landlock.version()
    except OSError as error:
        pytest.skip(f"no Landlock in this kernel: {error}")
    assert available() is not None


def test_a_good_program_is_answered(any_layer):
    assert_good(any_layer)


def test_the_answer_is_exactly_what_the_task_returned(any_layer):
    value = {"text": "∂L/∂W\n\0", "numbers": [1, -0.0, 1e308, 2**70], "none": None}
    answer = attempt("result = value", any_layer, value=value)
    assert answer.result == value
    assert answer.layer == any_layer


def test_what_is_printed_is_kept_and_counts_for_nothing(any_layer):
    forged = json.dumps({"result": "right", "verdict": "right"})
    source = "import sys\nprint(forged)\nprint('aside', file=sys.stderr)\nresult = 1"
    answer = attempt(source, any_layer, forged=forged)
    assert answer.result == 1
    assert sorted(answer.stdout.splitlines()) == ["aside", forged]


# --- what a submission may not do: each line of the program says what it gets


REFUSED = {
    "reads a file in the home folder": "open(outside).read()",
    "reads it through a link": "os.symlink(outside, 'link'); open('link').read()",
    "lists the home folder": "os.listdir(os.path.dirname(outside))",
    "writes beside it": "open(outside + '.new', 'w')",
    "deletes it": "os.remove(outside)",
    "moves it": "os.rename(outside, 'mine')",
    "links to it": "os.link(outside, 'mine')",
    "empties it": "os.truncate(outside, 0)",
    "changes its mode": "os.chmod(outside, 0)",
    "changes its date": "os.utime(outside)",
    "opens a socket": "socket.socket()",
    "opens a local socket": "socket.socketpair()",
    "connects": "socket.create_connection(('127.0.0.1', port), 1)",
    "forks": "os.fork()",
    "runs a program": "os.execv('/bin/sh', ['sh', '-c', 'true'])",
    "runs a program beside": "subprocess.run(['/bin/true'])",
    "posts a process": "os.posix_spawn('/bin/true', ['true'], {})",
    "kills its parent": "os.kill(os.getppid(), 9)",
    "kills everything": "os.kill(-1, 9)",
    "reads its parent's environment": "open(f'/proc/{os.getppid()}/environ').read()",
    "lifts a limit": "resource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
    "limits its parent": "resource.prlimit(os.getppid(), 7, (9, 9))",
    "writes into Python's own folder": "open(os.__file__ + '.new', 'w')",
    "writes to a device": "open('/dev/kmsg', 'w')",
    "leaves its root": "os.chroot('.')",
}


def test_what_is_refused(layer, tmp_path):
    outside = tmp_path / "home" / "secret.txt"
    outside.parent.mkdir()
    outside.write_text("the answer key")
    source = """
import os, resource, socket, subprocess
result = []
for name, action in actions.items():
    try:
        exec(action)
    except (OSError, ValueError):
        continue
    result.append(name)
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        given = {"outside": str(outside), "port": server.getsockname()[1]}
        answer = attempt(source, layer, actions=REFUSED, **given)
    assert (answer.result, answer.problem) == ([], "")
    assert outside.read_text() == "the answer key"
    assert [p.name for p in outside.parent.iterdir()] == ["secret.txt"]


def test_the_environment_holds_no_secret(any_layer, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "hush")
    source = "import os\nresult = [dict(os.environ), os.path.expanduser('~')]"
    answer = attempt(source, any_layer)
    environment, home = answer.result
    assert "hush" not in str(environment)
    assert home != os.path.expanduser("~")


# --- what a submission may use


def test_a_loop_without_end(any_layer):
    answer = attempt("while True: pass", any_layer)
    assert answer.problem == (
        "the program used more than 1 s of processor time and was stopped"
    )
    assert_good(any_layer)


def test_a_loop_that_ignores_its_limit(any_layer):
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile 1: 0"
    answer = attempt(source, any_layer)
    assert answer.problem == "the program was killed (SIGKILL)"


def test_a_long_sleep(any_layer):
    limits = Limits(wall=0.7)
    answer = attempt("import time; time.sleep(60)", any_layer, limits)
    assert answer.problem == "the program ran for more than 0.7 s and was stopped"
    assert answer.seconds < 5


def test_forks_without_end(layer):
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    answer = attempt(source, layer)
    assert "processor time" in answer.problem
    assert_good(layer)


def test_threads_without_end(layer):
    source = (
        "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(60,)).start()"
    )
    answer = attempt(source, layer)
    assert not answer.ok
    assert_good(layer)


def test_a_few_threads_are_fine(any_layer):
    source = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: result = sum(pool.map(abs, range(-9, 0)))"
    )
    assert attempt(source, any_layer).result == 45


@pytest.mark.skipif(sys.platform != "linux", reason="macOS doesn't limit memory")
@pytest.mark.parametrize("source", ["b'x' * (100 << 30)", "x = [0]\nwhile 1: x += x"])
def test_more_memory_than_there_is(source, any_layer):
    answer = attempt(source, any_layer, Limits(wall=60))
    assert answer.problem == "the program needed more than 2048 MB of memory"
    assert_good(any_layer)


def test_100_gb_in_numpy(any_layer):
    answer = attempt("import numpy as np; np.ones(100 << 27)", any_layer)
    if sys.platform == "linux":
        assert answer.problem == "the program needed more than 2048 MB of memory"


def test_a_10_gb_file(any_layer):
    source = (
        "with open('large', 'wb') as file:\n"
        "    for _ in range(10_000): file.write(bytes(1 << 20))"
    )
    answer = attempt(source, any_layer)
    assert answer.problem == "OSError: [Errno 27] File too large"


def test_many_files(any_layer):
    source = (
        "n = 0\nwhile True:\n    n += 1\n"
        "    with open(str(n), 'wb') as file: file.write(bytes(4 << 20))"
    )
    answer = attempt(source, any_layer, Limits())
    assert answer.problem in (
        "the program wrote more than 64 MB of files",
        "OSError: [Errno 28] No space left on device",
    )


def test_folders_without_end(any_layer):
    source = "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')"
    assert not attempt(source, any_layer).ok


def test_a_million_lines(any_layer):
    answer = attempt(
        "for n in range(1_000_000): print(n)\nresult = 1", any_layer, Limits()
    )
    assert answer.result == 1
    assert answer.stdout.startswith("0\n1\n2\n")
    assert answer.stdout.endswith("(and more, which was not kept)\n")
    assert len(answer.stdout) < 70_000


def test_an_answer_that_is_too_large(any_layer):
    limits = Limits(answer=1000)
    answer = attempt("result = 'x' * 50_000", any_layer, limits)
    assert answer.problem == (
        "the program gave an answer of 50,014 bytes; 1,000 are allowed"
    )


def test_an_answer_of_several_megabytes(any_layer):
    answer = attempt("result = ['x' * 1000] * 9000", any_layer)
    assert answer.result == ["x" * 1000] * 9000


# --- how a submission may end


ENDS = {
    "sys.exit(0)": "the program ended itself (sys.exit) before it was done",
    "exit()": "the program ended itself (sys.exit) before it was done",
    "os._exit(0)": "the program ended without an answer (exit code 0)",
    "os._exit(3)": "the program ended without an answer (exit code 3)",
    "os._exit(250)": "the program ended without an answer (exit code 250)",
    "os.kill(os.getpid(), 9)": "the program was killed (SIGKILL)",
    "os.abort()": "the program was killed (SIGABRT)",
    "raise KeyboardInterrupt": "the program interrupted itself before it was done",
    "1 / 0": "ZeroDivisionError: division by zero",
    "import ctypes; ctypes.string_at(0)": "the program was killed (SIGSEGV)",
    "class E(Exception): __str__ = None\nraise E": "E",
    "result = object()": "TypeError: Object of type object is not JSON serializable",
}


@pytest.mark.parametrize(("source", "problem"), ENDS.items())
def test_how_it_ends(source, problem, any_layer):
    answer = attempt(f"import os, sys\n{source}", any_layer)
    assert (answer.ok, answer.result, answer.problem) == (False, None, problem)


def test_a_process_left_behind():
    source = (
        "import os, time\n"
        "if os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)\n"
        "result = 1"
    )
    assert attempt(source, Layer.PLAIN).result == 1


# --- a submission that wants to be believed


def test_a_patched_numpy_stays_in_the_child(any_layer):
    import numpy as np

    source = "import numpy as np\nnp.allclose = lambda *a: True\nresult = 1"
    assert attempt(source, any_layer).ok
    assert not np.allclose(1, 2)


def test_a_patched_channel_changes_nothing(any_layer):
    source = (
        "import json, os\nfrom clearprop.checking.sandbox import channel\n"
        'json.dumps = channel.sender = lambda *a, **k: b\'{"result": "right"}\'\n'
        "os.write = os._exit = print\nresult = 'honest'"
    )
    assert attempt(source, any_layer).result == "honest"


def test_a_report_written_to_everything_that_is_open(any_layer):
    source = (
        'import os\nforged = b\'{"result": "right"}\'\n'
        "for fd in range(3, 256):\n"
        "    try: os.write(fd, forged * 5)\n"
        "    except OSError: pass\n"
        "result = 'honest'"
    )
    answer = attempt(source, any_layer)
    assert answer.problem == (
        "the program wrote into the channel that clearprop's own answer goes through"
    )


def test_a_report_and_an_exit(any_layer):
    source = (
        "import os\nhead = bytes(32) + (18).to_bytes(8, 'big')\n"
        "for fd in range(256):\n"
        '    try: os.write(fd, head + b\'{"result":"right"}\')\n'
        "    except OSError: pass\n"
        "os._exit(0)"
    )
    answer = attempt(source, any_layer)
    assert not answer.ok
    assert "wrote into the channel" in answer.problem


def test_the_order_with_its_token_cannot_be_read_again(any_layer):
    source = "import os, sys\nos.lseek(0, 0, 0)\nresult = [os.read(0, 99) == b'']\n"
    assert attempt(source, any_layer).result == [True]


def test_nor_from_what_was_read_ahead(any_layer):
    source = (
        "import sys\nresult = ''\n"
        "for stream in (sys.stdin, sys.__stdin__):\n"
        "    try: stream.seek(0)\n"
        "    except Exception: pass\n"
        "    result += stream.read()\n"
    )
    assert attempt(source, any_layer).result == ""


def test_nothing_that_is_printed_reaches_the_terminal_as_it_is(any_layer):
    source = "print('\\x1b]0;owned\\x07 10%\\r20%')\nraise ValueError('\\x1b[2J')"
    answer = attempt(source, any_layer)
    assert answer.stdout == "\ufffd]0;owned\ufffd 10%\n20%\n"
    assert answer.problem == "ValueError: \ufffd[2J"


def test_all_that_is_open_closed(any_layer):
    answer = attempt("import os; os.closerange(0, 256)", any_layer)
    assert not answer.ok
    assert "without an answer" in answer.problem


def test_all_that_is_open_closed_and_then_silence(any_layer):
    source = "import os, time\nos.closerange(0, 256)\ntime.sleep(60)"
    answer = attempt(source, any_layer, Limits(wall=2))
    assert not answer.ok
    assert answer.seconds < 10


def test_its_own_folder_deleted(any_layer):
    source = (
        "import os, shutil\nhere = os.getcwd()\n"
        "shutil.rmtree(here, ignore_errors=True)\nresult = 1"
    )
    assert attempt(source, any_layer).ok


# --- files that are handed in


def test_named_files_can_be_read_and_not_changed(layer, tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    mine, other = folder / "mine.txt", folder / "other.txt"
    mine.write_text("mine")
    other.write_text("other")
    source = (
        "import os\nresult = [open('mine.txt').read(), open(mine).read()]\n"
        "for action in (\n"
        "    lambda: open(other), lambda: open(mine, 'a'), lambda: os.remove(mine),\n"
        "    lambda: open('mine.txt', 'w'),\n"
        "):\n"
        "    try: action()\n"
        "    except OSError: result.append('refused')\n"
    )
    given = {"mine": str(mine), "other": str(other)}
    request = {"source": source, "given": given}
    answer = run(EXECUTE, request, layer=layer, limits=SOON, files=[mine])
    assert answer.result == ["mine", "mine", *["refused"] * 4]
    assert mine.read_text() == "mine"


def test_a_folder_can_be_handed_in(any_layer, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1,2")
    request = {"source": "result = open('data/x.csv').read()"}
    answer = run(EXECUTE, request, layer=any_layer, files=[tmp_path / "data"])
    assert answer.result == "1,2"


def test_a_link_to_the_answer_key_is_not_followed(layer, tmp_path):
    (tmp_path / "key.py").write_text("the answer")
    (tmp_path / "homework.py").symlink_to(tmp_path / "key.py")
    request = {"source": "result = open('homework.py').read()"}
    answer = run(EXECUTE, request, layer=layer, files=[tmp_path / "homework.py"])
    assert answer.problem == (
        "homework.py is a link: the file itself has to be handed in"
    )


# --- the parent, and a machine without a layer


def test_without_a_layer_nothing_is_run(monkeypatch):
    monkeypatch.setattr(layers, "available", lambda: None)
    monkeypatch.setattr(layers, "why_not", lambda layer: "it needs Linux")
    answer = run(EXECUTE, {"source": "result = 1"})
    assert not answer.ok
    assert answer.problem == (
        "there is no sandbox on this machine to run it in (bubblewrap: it needs Linux; "
        "Landlock and seccomp: it needs Linux)"
    )


@pytest.mark.parametrize("task", ["os:system", "shutil:rmtree", "clearprop:derive"])
def test_only_tasks_of_the_checker_can_be_called(task, any_layer):
    answer = run(task, {}, layer=any_layer)
    assert not answer.ok
    assert f"{task}: a task is a function of clearprop.checking" in answer.stdout


def test_the_parent_takes_only_a_whole_frame_of_json():
    token = bytes(range(32))

    def frame(payload: bytes, length: int | None = None) -> bytearray:
        size = len(payload) if length is None else length
        return bytearray(token + size.to_bytes(8, "big") + payload)

    assert channel.opened(frame(b'{"result": 1}'), token, 99) == {"result": 1}
    for bad in (
        bytearray(),
        bytearray(b'{"result": 1}'),
        frame(b'{"result": 1}', 99),
        frame(b'{"result": 1}', 5),
        frame(b"x" * 100),
        frame(b"[" * 90),
        frame(b"1"),
        frame(b'{"verdict": "right"}'),
        frame(b"\xff\xfe"),
    ):
        with pytest.raises(channel.BadAnswer):
            channel.opened(bad, token, 99)


@pytest.mark.parametrize("which", [0, 1])
def test_the_filter_is_a_program_that_the_kernel_would_load(which):
    """Each path ends in a verdict, and no jump leaves the program."""
    made = seccomp.program(which, pid=4321)
    assert len(made) < 4096
    for place, (operation, if_true, if_false, _) in enumerate(made):
        if operation in (0x15, 0x25, 0x45):
            assert place + 1 + max(if_true, if_false) < len(made)
    assert made[-1][0] == 0x06


@pytest.mark.parametrize("which", [0, 1])
def test_what_the_filter_says_of_each_call(which):
    allow, kill, refuse, unknown = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    machine = (0xC000003E, 0xC00000B7)[which]

    def verdict(number, argument=0, on=machine):
        words = {0: number, 4: on, 16: argument}
        made, place, loaded = seccomp.program(which, pid=4321), 0, 0
        while True:
            operation, if_true, if_false, operand = made[place]
            if operation == 0x06:
                return operand
            if operation == 0x20:
                loaded, jump = words[operand], 0
            else:
                holds = {
                    0x15: loaded == operand,
                    0x25: loaded > operand,
                    0x45: bool(loaded & operand),
                }[operation]
                jump = if_true if holds else if_false
            place += 1 + jump

    numbers = [pair[which] for pair in DENIED.values() if pair[which]]
    assert len(numbers) == len(set(numbers))
    assert {verdict(number) for number in numbers} == {refuse}
    read, write, exit_group = ((0, 1, 231), (63, 64, 94))[which]
    assert {verdict(n) for n in (read, write, exit_group)} == {allow}
    assert verdict(read, on=0x40000003) == kill
    assert verdict(read | 0x40000000) == unknown
    assert verdict(435) == unknown
    clone = (56, 220)[which]
    assert (verdict(clone, 0x11), verdict(clone, 0x3D0F00)) == (refuse, allow)
    for name, pair in ON_ONESELF.items():
        at_zero = allow if name == "prlimit64" else refuse
        answers = [verdict(pair[which], pid) for pid in (4321, 1, 0)]
        assert answers == [allow, refuse, at_zero]
