"""A team in C: its members meet, and help those who are slower than they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clearprop.training.native import team
from clearprop.training.native.compile import compiler

# Member 0 takes a millisecond for each of its units, the others a tenth of that.
STEPS = """
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
{crew}
{team}
enum {{ TEAM = {size}, UNITS = 40, STEPS = 20 }};
static long done[TEAM][UNITS], helped[TEAM], wrong;
typedef struct {{ long of, step; }} given;
static __thread int counts;

static void unit(const void *about, long unit, int helps) {{
    const given *g = about;
    usleep(g->of == 0 && !helps ? 1000 : 100);
    done[g->of][unit] += g->step;
    if (helps && counts) __atomic_add_fetch(&helped[g->of], 1, __ATOMIC_SEQ_CST);
}}

static void steps_of(job *j, long me) {{
    crew *c = &j->crew;
    for (long step = 1; step <= STEPS; step++) {{
        const given mine = {{me, step}};
        long sum = 0;
        begin_step(c, me, step);
        share(c, me, unit, &mine, UNITS);
        for (long i = 0; i < UNITS; i++) sum += done[me][i];
        /* each unit once in each step, by whomever: all that is there now */
        if (sum != UNITS * step * (step + 1) / 2) wrong++;
        counts = 1;
        if ({catching}) catch_up(c, me), counts = 0;
        arrive(c, me);
        wait_for_all(c, me);
        counts = 0;
    }}
}}

int main(void) {{
    job j;
    memset(&j, 0, sizeof j);
    run_team(&j);
    printf("%ld %ld", wrong, helped[0]);
    return 0;
}}
"""


@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("catching", [True, False])
@pytest.mark.parametrize("sanitizer", ["thread", "address,undefined"])
def test_who_waits_helps(
    size: int, catching: bool, sanitizer: str, tmp_path: Path
) -> None:
    source = STEPS.format(
        crew=team.crew(size),
        team=team.source(size, ""),
        size=size,
        catching=int(catching),
    )
    (tmp_path / "t.c").write_text(source)
    flags = ["-O1", "-g", "-std=gnu11", "-pthread", "-Wall", "-Wextra", "-Werror"]
    flags += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all"]
    command = [*compiler(), *flags, "-o", "t", "t.c"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if "cannot find" in built.stderr:  # the sanitizers' libraries are not installed
        pytest.skip("this compiler has no sanitizers")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(["./t"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    wrong, slow = map(int, done.stdout.split())
    assert wrong == 0
    assert slow > 100  # of 800 units
