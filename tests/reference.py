"""Gradients by central differences with Richardson extrapolation, entry by entry.

The second way to know a gradient: it runs the forward pass and nothing else. Arguments
may be arrays, numbers, and dicts, lists and tuples of them; the answer has the same
nesting. Arrays that the forward pass captured are named as clearprop reports them:
`self.W1`, `self.params['W1']`, or a closure's own `W`.
"""

import dataclasses
import inspect

import numpy as np

STEP = 3e-4


def numeric_gradients(forward, args, wrt=None, step=STEP):
    """{name: gradient} of forward(*args), in float64, nested as the arguments are."""
    arguments = bind(forward, args)
    names = wrt if wrt is not None else floating_names(arguments)
    return {name: _gradient(forward, args, name, step) for name in names}


def loss_of(forward, args) -> float:
    """The loss in float64, on copies: a forward pass may write into its arguments."""
    bound = inspect.signature(forward).bind(*in_float64(args))
    loss = np.asarray(forward(*bound.args, **bound.kwargs))
    assert loss.size == 1, f"the loss has shape {loss.shape}"
    return float(loss.reshape(()))


def bind(forward, args) -> dict:
    """The arguments by the name of the parameter that takes them."""
    return dict(inspect.signature(forward).bind(*args).arguments)


def floating_names(arguments) -> tuple[str, ...]:
    """What `wrt=None` means: every argument with floating-point numbers in it."""
    return tuple(name for name, value in arguments.items() if has_floats(value))


def has_floats(value) -> bool:
    """Whether an argument holds floating-point numbers, or room for them."""
    if isinstance(value, dict):
        return any(map(has_floats, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_floats, value))
    if dataclasses.is_dataclass(value):
        return any(map(has_floats, vars(value).values()))
    return isinstance(value, float | np.floating) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "f"
    )


def captured(forward, key):
    """The array behind `self.W1`, `self.params['W1']` or a name from outside."""
    if key.startswith("self"):
        return eval(key, {"self": forward.__self__})
    around = inspect.getclosurevars(forward)
    return {**around.globals, **around.nonlocals}[key]


def numbers_in(value) -> list[float]:
    """Every floating-point number in an argument, in order."""
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers_in(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers_in(item)]
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(float).ravel().tolist()
    return [float(value)] if isinstance(value, float | np.floating) else []


def rebuilt(value, numbers):
    """A copy of `value` with floating-point numbers from an iterator."""
    if isinstance(value, dict):
        return {key: rebuilt(item, numbers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(item, numbers) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        flat = [next(numbers) for _ in range(value.size)]
        return np.array(flat, dtype=float).reshape(value.shape)
    if isinstance(value, float | np.floating):
        return next(numbers)
    return value.copy() if isinstance(value, np.ndarray) else value


def in_float64(value):
    return rebuilt(value, iter(numbers_in(value)))


def _gradient(forward, args, name, step):
    arguments = bind(forward, args)
    if name not in arguments:
        return _captured_gradient(forward, args, captured(forward, name), step)
    value = arguments[name]
    numbers = numbers_in(value)

    def loss_at(index, number):
        moved = numbers[:index] + [number] + numbers[index + 1 :]
        bound = inspect.signature(forward).bind(*args)
        bound.arguments[name] = rebuilt(value, iter(moved))
        return loss_of(forward, bound.args)

    slopes = [_slope(loss_at, i, number, step) for i, number in enumerate(numbers)]
    return rebuilt(value, iter(slopes))


def _captured_gradient(forward, args, array, step):
    assert array.dtype == float

    def loss_at(index, number):
        before = array.flat[index]
        array.flat[index] = number
        loss = loss_of(forward, args)
        array.flat[index] = before
        return loss

    numbers = array.ravel().tolist()
    slopes = [_slope(loss_at, i, number, step) for i, number in enumerate(numbers)]
    return np.array(slopes).reshape(array.shape)


def _slope(loss_at, index, number, step):
    h = step * max(1.0, abs(number))

    def central(h):
        return (loss_at(index, number + h) - loss_at(index, number - h)) / (2 * h)

    wide, narrow = central(h), central(h / 2)
    close = abs(wide - narrow) <= 1e-4 * (1 + abs(narrow))
    assert close, f"entry {index} stands on a kink: slopes {wide}, {narrow}"
    return (4 * narrow - wide) / 3


def assert_same(actual, expected, rtol=1e-6, atol=1e-8, where="gradients"):
    """The same nesting, shapes and numbers; a list of numbers may come as an array."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), f"{where}: {type(actual).__name__}, not dict"
        assert set(actual) == set(expected), f"{where}: keys {list(actual)}"
        for key, item in expected.items():
            assert_same(actual[key], item, rtol, atol, f"{where}[{key!r}]")
    elif isinstance(expected, list | tuple) and not _is_plain(expected):
        assert type(actual) is type(expected), f"{where}: {type(actual).__name__}"
        assert len(actual) == len(expected), f"{where}: {len(actual)} items"
        for i, item in enumerate(expected):
            assert_same(actual[i], item, rtol, atol, f"{where}[{i}]")
    else:
        assert np.shape(actual) == np.shape(expected), f"{where}: {np.shape(actual)}"
        np.testing.assert_allclose(actual, expected, rtol, atol, err_msg=where)


def _is_plain(value) -> bool:
    """Lists of numbers, nested or not, that NumPy reads as one array."""
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    return isinstance(value, float | int)
