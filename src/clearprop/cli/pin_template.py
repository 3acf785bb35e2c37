"""The generated test file, in pieces. ``__NAME__`` is filled in by ``pin``."""

HEAD = '''\
"""Is the backward pass in __TITLE__ right?

clearprop __VERSION__ derived the function below from the forward pass and proved it.
The test runs __TITLE__ at its own numbers and at random ones, and compares
every gradient that was written by hand with the derived one:

    pytest __TEST__
"""

import ast
import contextlib
import copy
import functools
__IMPORTS__
import numpy as np
import pytest

HERE = Path(__file__).parent
FILE = HERE / __PATH__
TOLERANCE = __TOLERANCE__  # relative to the largest entry of a gradient


# --- the reference: what clearprop derived --------------------------------------------


__SOURCE__


# --- what is compared with it ---------------------------------------------------------

'''

SCRIPT = '''\
# The numbers that the forward pass starts from, and those whose gradients are compared.
INPUTS = __INPUTS__
MOVING = __MOVING__

# Each gradient, as the program's own variables give it.
BY_HAND = __CLAIMS__

# The variable to look at when one is wrong.
PLACES = __PLACES__


def gradients(seed, scale):
    """The gradients at the same numbers: derived, and by hand. There is no function."""
    rng = np.random.default_rng(seed)
    tree = ast.parse(FILE.read_bytes(), str(FILE))
    scope = {"__name__": "__main__", "__file__": str(FILE)}
    begins = {name: i for i, s in enumerate(tree.body) for name in sets(s, INPUTS)}
    inputs, by_hand = {}, {}
    with at_home():
        for i, statement in enumerate(tree.body):
            for name, code in BY_HAND.items():
                if updates(statement, name) and name not in by_hand:
                    by_hand[name] = found(code, scope)
            exec(compile(ast.Module([statement], []), str(FILE), "exec"), scope)
            for name in INPUTS:
                if begins.get(name) == i:
                    scope[name] = moved(scope[name], rng, scale, name in MOVING)
                    inputs[name] = copy.deepcopy(scope[name])
        for name, code in BY_HAND.items():
            if name not in by_hand:
                by_hand[name] = found(code, scope)
    return flat(__REFERENCE__(**inputs)), by_hand, 0


def sets(statement, names):
    """The names that a statement gives a value of its own, not made of the old one."""
    stored, read = set(), set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else stored).add(node.id)
    if isinstance(statement, ast.AugAssign | ast.FunctionDef | ast.ClassDef):
        return []
    return [name for name in names if name in stored - read]


def updates(statement, name):
    """Whether a statement makes the new value of a parameter from its old one."""
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target) == name
    if not isinstance(statement, ast.Assign):
        return False
    parts = [ast.unparse(node) for node in ast.walk(statement.value)]
    return [ast.unparse(t) for t in statement.targets] == [name] and name in parts


def found(code, scope):
    """What an expression gives, or why it gives nothing."""
    try:
        return np.array(eval(code, scope))
    except Exception as error:
        return error
'''

FUNCTION = '''\
# The arguments of the forward pass and the arrays that it reads from elsewhere, as the
# program has them, and those whose gradients are compared.
ARGUMENTS = __ARGUMENTS__
CAPTURED = __CAPTURED__
MOVING = __MOVING__

# The gradients, in the order in which the hand-written function may return them.
BY_HAND = __CLAIMS__

# The variable to look at when one is wrong.
PLACES = __PLACES__


def gradients(seed, scale):
    """The gradients at the same numbers, and where the hand-written function begins."""
    rng = np.random.default_rng(seed)
    scope = {"__name__": "__main__", "__file__": str(FILE)}
    with at_home():
        exec(compile(FILE.read_bytes(), str(FILE), "exec"), scope)
        inputs = {}
        for name, code in ARGUMENTS.items():
            inputs[name] = moved(eval(code, scope), rng, scale, name in MOVING)
        captured = {}
        for name, place in CAPTURED.items():
            scope["_value"] = moved(eval(place, scope), rng, scale, name in MOVING)
            exec(f"{place} = _value", scope)
            captured[name] = copy.deepcopy(scope["_value"])
        expected = __REFERENCE__(**copy.deepcopy(inputs), **captured)
        # Some backward passes use what the forward pass has kept.
        eval(__FORWARD__, scope)(**copy.deepcopy(inputs))
        function = eval(__AGAINST__, scope)
        names = list(inspect.signature(function).parameters)
        if not set(names) <= set(inputs):
            names = list(inputs)  # called otherwise: in the same order
        by_hand = function(*[copy.deepcopy(inputs[name]) for name in names])
    begins = inspect.unwrap(function).__code__.co_firstlineno
    return flat(expected), dict(zip(BY_HAND, named(by_hand))), begins


def named(by_hand):
    """The gradients that a function returned, in the order of BY_HAND."""
    if isinstance(by_hand, dict):
        there = flat(by_hand)
        for name in BY_HAND:
            short = re.findall(r"\\w+", name)[-1]
            keys = (name, short, f"d{short}", f"d_{short}", f"grad_{short}")
            held = [there[key] for key in keys if key in there]
            missing = LookupError(f"the keys are {', '.join(map(str, there))}")
            yield held[0] if held else missing
    elif isinstance(by_hand, tuple) or (isinstance(by_hand, list) and len(BY_HAND) > 1):
        for k in range(len(BY_HAND)):
            missing = LookupError(f"there are {len(by_hand)} gradients")
            yield by_hand[k] if k < len(by_hand) else missing
    else:
        yield by_hand
'''

TAIL = '''

def line_of(place, begins):
    """The last line that sets a variable, in the function that begins on a line."""
    tree = ast.parse(FILE.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            heads = [node.lineno, *(d.lineno for d in node.decorator_list)]
            tree = node if begins in heads else tree
    lines = [begins]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [ast.unparse(part) for t in targets for part in ast.walk(t)]
            lines += [node.lineno] * (place in parts)
    return max(lines)


def moved(value, rng, scale, always):
    """Other numbers of the same kind.

    Whole numbers and arrays of zeros and ones stay (labels, masks), unless it is their
    gradient that is wanted; what is positive stays positive, shares still sum to one.
    """
    if isinstance(value, dict):
        return {k: moved(v, rng, scale, always) for k, v in value.items()}
    if isinstance(value, list | tuple) and not np.isscalar(value[0] if value else 0):
        return type(value)(moved(v, rng, scale, always) for v in value)
    array = np.asarray(value)
    real = array.dtype.kind == "f" or (always and array.dtype.kind == "i")
    if not scale or not real or (np.isin(array, (0, 1)).all() and not always):
        return value
    noise = rng.standard_normal(array.shape)
    spread = float(np.std(array)) or float(np.max(np.abs(array), initial=0)) or 1.0
    if (array > 0).all() and not always:
        other = array * np.exp(0.3 * scale * noise)
        if array.ndim and np.allclose(array.sum(-1), 1):
            other = other / other.sum(-1, keepdims=True)
        elif (array < 1).all():
            other = np.minimum(other, (1 + array) / 2)
    else:
        other = array + scale * spread * noise
    kind = array.dtype if array.dtype.kind == "f" else float
    return float(other) if isinstance(value, int | float) else other.astype(kind)


def flat(found, label=""):
    """Nested gradients as one dictionary, with keys such as params['W1']."""
    if not isinstance(found, dict | list):
        return {label: found}
    pairs = found.items() if isinstance(found, dict) else enumerate(found)
    joined = {}
    for key, value in pairs:
        joined |= flat(value, f"{label}[{key!r}]" if label else str(key))
    return joined


@contextlib.contextmanager
def at_home():
    """The program runs in its own folder, as if it had been started there, unheard."""
    kept = sys.argv, sys.path[:]
    sys.argv, sys.path[:] = [str(FILE)], [str(FILE.parent), *sys.path]
    os.environ["MPLBACKEND"] = "Agg"  # plots open no window
    try:
        with contextlib.chdir(FILE.parent), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        sys.argv, sys.path[:] = kept


@functools.cache
def compared(seed):
    """Seed 0: the program's own numbers. Others: as far from them as one may go."""
    for scale in (1.0, 0.3, 0.05) if seed else ():
        # A forward pass may branch on its numbers; the reference is for one branch.
        with contextlib.suppress(ValueError):
            return gradients(seed, scale)
    return gradients(seed, 0.0)


@pytest.mark.parametrize("name", BY_HAND)
def test_gradient(name):
    for seed in range(5):
        derived, by_hand, begins = compared(seed)
        where = f"at random numbers (seed {seed})" if seed else "at its own numbers"
        line = line_of(PLACES[name], begins)
        file = f"{FILE.name}:{line}" if line else FILE.name
        code = BY_HAND[name] if isinstance(BY_HAND, dict) else PLACES[name]
        head = f"{file}: {code}"
        found, expected = by_hand[name], np.asarray(derived[name])
        if isinstance(found, Exception):
            reason = f"should be the gradient of {name}: {found}"
            pytest.fail(f"{head} {reason}", pytrace=False)
        found = np.asarray(found)
        if found.shape != expected.shape:
            shapes = f"shape {found.shape}, the gradient of {name} {expected.shape}"
            pytest.fail(f"{head} has {shapes}", pytrace=False)
        gap = np.abs(found - expected)
        if not np.all(gap <= TOLERANCE * np.max(np.abs(expected), initial=0) + 1e-15):
            at = np.unravel_index(np.argmax(np.nan_to_num(gap, nan=np.inf)), gap.shape)
            entry = f"entry [{', '.join(map(str, at))}] is " if at else "it is "
            pair = f"{found[at]:.6g}, should be {expected[at]:.6g}"
            wrong = f"is not the gradient of {name}: {entry}{pair} {where}"
            pytest.fail(f"{head} {wrong}", pytrace=False)
'''
