"""How the tests run: hypothesis, the order, and what the oldest NumPy is spared.

Hypothesis draws at random on a desk, always the same way in CI. It has no deadline,
because the first example of a property pays for imports and caches.
"""

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

TESTS = Path(__file__).parent
os.environ["CLEARPROP_STRICT"] = "1"  # what fails inside of clearprop fails the test

# Tests that come out alike with any NumPy run with the newest one only. For a file of
# this table those are all but the tests whose names the pattern finds: what shows that
# the thing works at all where NumPy is old.
ANY_NUMPY = {
    # What a program reads and computes depends on NumPy, and right programs show that.
    # Blaming a line and mending it works on the graph and on the text.
    "checking/test_wrong.py": "trask|cs231n",
    "checking/test_mutants.py": "^$",
    "checking/test_mend.py": "^$",
    "checking/test_mend_contract.py": "^$",
    "checking/test_blanks.py": "^$",
    "checking/test_patch.py": "^$",
    "checking/test_text.py": "^$",
    "checking/test_rewritten.py": "^$",
    # The kernel holds a program in, and messages between processes are ours.
    "checking/test_sandbox.py": "good_program|in_numpy",
    "checking/test_untrusted.py": r"of_one_s_own\[right",
    "checking/test_wire.py": "the_same|come_back",
    "checking/test_grading.py": "what_the_teacher_sees",
    "checking/test_fixture.py": "right_one",
    # Words, pages and drawings are made of what the corpus derives with each NumPy.
    "checking/test_exercise.py": r"slope_of_the_student|finds_every_blank\[softmax",
    "checking/test_grading_exercise.py": "each_blank_has",
    "checking/test_semi_gradient.py": "^$",
    "cli/test_check.py": "^$",
    "cli/test_exercise.py": "^$",
    "cli/test_pin.py": "a_right_pass_passes",
    "explain/test_pictures.py": "^$",
    "explain/test_text.py": "^$",
    "write/test_brackets.py": "^$",
    "write/test_latex.py": "^$",
    # Compiled code, files of C and killed processes: what NumPy does is compared there.
    "training/test_c_file.py": "network|softmax",
    "training/test_checkpoint.py": "bit_for_bit",
    "training/test_engines.py": "for_the_next",
    "training/test_jax_devices.py": "^$",
    "training/test_progress.py": "^$",
    "training/test_streaming.py": "^$",
    "training/test_recalled.py": "derives_nothing|numpy",
    "training/native/test_compile.py": "^$",
    "training/native/test_dense.py": "^$",
    "training/native/test_forward_passes.py": "^$",
    "training/native/test_kernels.py": "^$",
    "training/native/test_mathlib.py": "^$",
    "training/native/test_memory.py": "^$",
    "training/native/test_operations.py": "float32",
    "training/native/test_straight.py": "^$",
    # Sizes, limits and what is written down don't change with NumPy.
    "gradient/test_algebra.py": "nan|single_precision",
    "test_corpus_itself.py": "finite",
    "test_prove.py": "^test_(?!a_chain_of_ten_thousand)",
    "training/test_mlp.py": "^test_(?!loss_and_gradient_are_finite)",
    "test_corpus.py": "^test_(?!text_is|the_formatter)",
    "test_readme.py": "^$",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what any NumPy does; put what looks at one case of the corpus together.

    A case is derived and explained once for all tests of a folder that run one after
    the other in one process, and its central differences are computed once.
    """
    for item in items:
        kept = ANY_NUMPY.get(item.path.relative_to(TESTS).as_posix())
        if kept is not None and not re.search(kept, item.name):
            item.add_marker("any_numpy")
    folders: dict[Path, int] = {}
    cases: dict[str, int] = {}

    def place(item: pytest.Item) -> tuple[int, int]:
        given = getattr(item, "callspec", None)
        case = given.params.get("case") if given is not None else None
        folder = folders.setdefault(item.path.parent, len(folders))
        return folder, cases.setdefault(getattr(case, "id", ""), len(cases))

    items.sort(key=place)
