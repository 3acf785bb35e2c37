"""Mistakes planted in right programs: the checker finds and names them.

The whole measurement, with its aims, is ``benchmarks/check.py``; here a fixed sample of
it is held to what is reached today, and the mutators themselves are tested.
"""

import functools
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from checking.mutation import Program, mutants, plant, read
from checking.mutation.measure import measure, rates

import clearprop as cp

RIGHT = sorted(
    path
    for path in (Path(__file__).parent / "right").glob("*.py")
    if path.stem not in ("claims", "__init__")
)
CODES = (
    "crash blank update-sign updated-weight overwritten-accumulator regularization "
    "softmax-jacobian missing-derivative derivative-at-wrong-point wrong-derivative "
    "dropped-upstream transpose wrong-axis wrong-operand sign scale shape loss-mismatch"
).split()

# A little under what is reached today on the sample. The aims are 0.98 for the verdict,
# 0.95 for the line, 0.90 for the code and 0.85 for the mend: measure.BARS, which
# benchmarks/check.py prints for all mutants.
FLOORS = {"verdict": 0.92, "line": 0.60, "code": 0.52, "mend": 0.62}

# Edits that change nothing and are called wrong today.
ALARMS = {
    ("loop_cs231n_spiral", "step_size twice in the step of W"): "step_size is 1 there",
}

# Programs that between them have a place for every mistake; more are taken in turn.
FIRST = (
    "loop_trask_11_lines loop_planar_columns loop_cs231n_spiral "
    "loop_deep_lists_reversed class_nielsen_network script_softmax_onehot_batch "
    "loop_weight_decay_lr_decay "
    "loop_line_fit_m_b loop_logistic_regression_columns loop_embedding_bag_classifier "
    "pair_affine_relu_dout_cache loop_udacity_records class_mlp_fit_partial_fit"
).split()


@functools.cache
def planted():
    """One mutant of each mutator, with what it really does, until there are enough.

    All right programs take minutes: ``benchmarks/check.py`` uses them all.
    """
    by_name = {path.stem: path for path in RIGHT}
    order = [by_name[name] for name in FIRST if name in by_name]
    order += [path for path in RIGHT[::3] if path not in order]
    found = []
    for path in order:
        found += plant(path, each=1)
        if sum(one.outcome in ("changed", "crash") for one in found) >= 420:
            break
    return found


def sample(outcomes, size):
    """A fixed choice, spread over the codes and over the programs."""
    by_code = defaultdict(list)
    for judged in planted():
        if judged.outcome in outcomes:
            by_code[judged.mutant.mistake].append(judged)
    each = max(1, size // max(len(by_code), 1))
    chosen = []
    for shift, code in enumerate(code for code in CODES if code in by_code):
        found = by_code[code]
        count = min(each, len(found))
        step = len(found) / count
        chosen += [found[int(i * step + shift) % len(found)] for i in range(count)]
    return chosen


def test_every_mistake_is_planted_somewhere():
    wrong = [one for one in planted() if one.outcome in ("changed", "crash")]
    counts = Counter(one.mutant.mistake for one in wrong)
    assert {code for code in CODES if not counts[code]} == set()
    assert len(wrong) >= 400


def test_edits_that_change_nothing_are_recognised():
    outcomes = Counter(one.outcome for one in planted())
    assert outcomes["same"] > 0 and outcomes["factor"] > 0


@pytest.mark.parametrize("path", RIGHT[::6], ids=lambda path: path.stem)
def test_a_mutant_differs_from_its_program_in_few_lines(path):
    text = path.read_text(encoding="utf-8")
    for mutant in mutants(read(Program(path.stem, text)), each=1):
        if mutant.mutator == "moved_too_early":
            assert sorted(mutant.text.split()) == sorted(text.split())
        else:
            gone = Counter(text.splitlines()) - Counter(mutant.text.splitlines())
            assert 1 <= gone.total() <= 8, mutant.what


def test_planted_mistakes_are_found_and_named():
    results = [measure(one, cp.check) for one in sample(("changed", "crash"), 36)]
    held = rates(results)
    missed = [
        f"{r.mutant.program}: {r.mutant.what}: wanted {r.mutant.answers}, "
        f"got {r.verdict} {r.line} {r.mistake} {r.said}"
        for r in results
        if not (r.line_right and r.code_right and r.mended)
    ]
    short = {name: held[name] for name, least in FLOORS.items() if held[name] < least}
    assert not short, "\n".join([str(held), *missed])


def test_edits_that_change_nothing_are_not_called_wrong():
    results = [measure(one, cp.check) for one in sample(("same", "factor"), 24)]
    alarms = {
        (r.mutant.program, r.mutant.what): r.said
        for r in results
        if r.verdict == "wrong"
    }
    assert alarms.keys() <= ALARMS.keys(), alarms
