"""A compiled step as a Python callable: C that speaks to Python without its headers.

Calling through ctypes costs more than a small network's whole step, so the step is a
built-in function of its own (``abi``). What doesn't fit at once (other shapes, lists,
another dtype) goes to ``slow``, which is Python and takes care.
"""

from __future__ import annotations

import ctypes
import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.native.abi import DECLARATIONS

# Kinds of arguments, as the C below numbers them.
_IGNORED, _DOUBLE, _FLOAT, _INTEGER, _ARRAY = range(5)
_MOST_AXES, _MOST_ARGUMENTS = 8, 32
# The struct module's letters, which the buffer protocol uses.
_LETTERS = {
    np.dtype(np.float64): "d",
    np.dtype(np.float32): "f",
    np.dtype(np.int64): "lq",
    np.dtype(np.bool_): "?",
}

SOURCE = (
    DECLARATIONS
    + r"""
enum { IGNORED, DOUBLE, FLOAT, INTEGER, ARRAY };

struct argument {
  int kind, ndim, held;
  char letters[4];
  int64_t shape[8];
  int64_t below;            /* labels: from 0 to less than this; 0: no labels */
  void **place;             /* where the routine looks for the address */
  union { double d; float f; int64_t i; } number;
  Py_buffer view;
};

struct stepper {
  int64_t (*run)(int64_t, const int64_t *, const double *, int64_t, void *const *,
                 void *const *, void *);
  void *const *arrays;
  void *memory;
  double rate;
  int64_t count;
  PyObject *slow, *strange;
  int64_t arguments;
  struct argument argument[32];
};

static PyObject *elsewhere(PyObject *callable, PyObject *const *args, Py_ssize_t n,
                           PyObject *names) {
  if (!callable) {
    PyErr_SetString(PyExc_RuntimeError, "the stepper of this step is gone");
    return 0;
  }
  PyObject *tuple = PyTuple_New(n);
  if (!tuple) return 0;
  for (Py_ssize_t i = 0; i < n; i++) {
    Py_IncRef(args[i]);
    PyTuple_SetItem(tuple, i, args[i]);
  }
  PyObject *named = names ? PyDict_New() : 0;
  for (Py_ssize_t i = 0; named && i < PyTuple_Size(names); i++)
    PyDict_SetItem(named, PyTuple_GetItem(names, i), args[n + i]);
  PyObject *found = names && !named ? 0 : PyObject_Call(callable, tuple, named);
  if (named) Py_DecRef(named);
  Py_DecRef(tuple);
  return found;
}

static int labels_fit(const struct argument *a, const int64_t *label, int64_t count) {
  for (int64_t i = 0; a->below && i < count; i++)
    if (label[i] < 0 || label[i] >= a->below) return 0;
  return 1;
}

static int take_array(struct argument *a, PyObject *given) {
  if (a->held && a->view.obj == given)
    return labels_fit(a, a->view.buf, a->view.len / 8);
  Py_buffer view;
  if (PyObject_GetBuffer(given, &view, C_CONTIGUOUS_WITH_FORMAT)) {
    PyErr_Clear();
    return 0;
  }
  int fits = view.ndim == a->ndim && view.format && !view.format[1]
             && strchr(a->letters, view.format[0]);
  for (int k = 0; fits && k < a->ndim; k++) fits = view.shape[k] == a->shape[k];
  if (!fits || !labels_fit(a, view.buf, view.len / 8)) {
    PyBuffer_Release(&view);
    return 0;
  }
  if (a->held) PyBuffer_Release(&a->view);
  a->view = view;
  a->held = 1;
  *a->place = view.buf;
  return 1;
}

static int take(struct argument *a, PyObject *given) {
  switch (a->kind) {
    case IGNORED: return 1;
    case ARRAY: return take_array(a, given);
    case INTEGER: {
      a->number.i = PyLong_AsLongLong(given);
      if (a->number.i == -1 && PyErr_Occurred()) { PyErr_Clear(); return 0; }
      return labels_fit(a, &a->number.i, 1);
    }
    default: {
      double value = PyFloat_AsDouble(given);
      if (value == -1.0 && PyErr_Occurred()) { PyErr_Clear(); return 0; }
      if (a->kind == FLOAT) a->number.f = (float)value; else a->number.d = value;
      return 1;
    }
  }
}

static PyObject *step(PyObject *self, PyObject *const *args, Py_ssize_t n,
                      PyObject *names) {
  struct stepper *s = PyCapsule_GetPointer(self, 0);
  if (n != s->arguments || names) return elsewhere(s->slow, args, n, names);
  for (Py_ssize_t i = 0; i < n; i++)
    if (!take(&s->argument[i], args[i])) return elsewhere(s->slow, args, n, 0);
  double loss;
  void *const told = &loss;
  if (s->run(1, 0, &s->rate, s->count, s->arrays, &told, s->memory) != 1) {
    PyObject *said = PyFloat_FromDouble(loss);
    if (!said) return 0;
    PyObject *found = elsewhere(s->strange, &said, 1, 0);
    Py_DecRef(said);
    return found;
  }
  s->count++;
  return PyFloat_FromDouble(loss);
}

#define SHOWN __attribute__((visibility("default")))

SHOWN int64_t clearprop_stepper_size(void) { return sizeof(struct stepper); }

SHOWN void clearprop_stepper_begin(struct stepper *s, void *run, void *const *arrays,
                                   void *memory, int64_t arguments) {
  memset(s, 0, sizeof *s);
  memcpy(&s->run, &run, sizeof run);
  s->arrays = arrays;
  s->memory = memory;
  s->arguments = arguments;
}

SHOWN void clearprop_stepper_argument(struct stepper *s, int64_t i, int64_t kind,
                                      const char *letters, int64_t ndim,
                                      const int64_t *shape, int64_t below,
                                      void **place) {
  struct argument *a = &s->argument[i];
  a->kind = (int)kind;
  a->ndim = (int)ndim;
  a->below = below;
  a->place = place;
  strncpy(a->letters, letters, sizeof a->letters - 1);
  for (int64_t k = 0; k < ndim; k++) a->shape[k] = shape[k];
  if (kind != IGNORED && kind != ARRAY) *place = &a->number;
}

SHOWN void clearprop_stepper_set(struct stepper *s, double rate, int64_t count) {
  s->rate = rate;
  s->count = count;
}

SHOWN int64_t clearprop_stepper_count(const struct stepper *s) { return s->count; }

/* The stepper is gone; its step may live on for a while, and can't do anything. */
SHOWN void clearprop_stepper_release(struct stepper *s) {
  s->slow = s->strange = 0;
  s->arguments = -1;
  for (int64_t i = 0; i < 32; i++)
    if (s->argument[i].held) {
      PyBuffer_Release(&s->argument[i].view);
      s->argument[i].held = 0;
    }
}

static void forget(PyObject *capsule) {
  Py_DecRef(PyCapsule_GetContext(capsule));
}

/* The step keeps the owner of the memory alive; slow and strange are kept by others. */
SHOWN PyObject *clearprop_stepper_callable(struct stepper *s, PyObject *owner,
                                           PyObject *slow, PyObject *strange) {
  static PyMethodDef method = {"step", step, FASTCALL_WITH_KEYWORDS,
                               "One training step."};
  s->slow = slow;
  s->strange = strange;
  PyObject *capsule = PyCapsule_New(s, 0, forget);
  if (!capsule) return 0;
  Py_IncRef(owner);
  PyCapsule_SetContext(capsule, owner);
  PyObject *made = PyCFunction_NewEx(&method, capsule, 0);
  Py_DecRef(capsule);
  return made;
}
"""
)


class Argument(NamedTuple):
    """What an argument of a step must be to be taken at once.

    ``slot`` is its place among the arrays of the routine; None: it isn't read.
    ``labels``: whole numbers from 0 to below this, or 0 where they are no labels.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    slot: int | None
    labels: int = 0


def fits(arguments: Sequence[Argument]) -> bool:
    """Whether the C above has a place for such arguments."""
    return len(arguments) <= _MOST_ARGUMENTS and all(
        a.slot is None
        or (
            len(a.shape) <= _MOST_AXES
            and a.dtype in _LETTERS
            and (a.shape != () or a.dtype != np.bool_)
        )
        for a in arguments
    )


class FastStep:
    """One step of a compiled routine as a built-in function, ``call``.

    ``arrays`` (addresses) is changed in place: the arguments' addresses are put in it.
    """

    def __init__(
        self,
        run: Any,
        arrays: Any,
        memory: int,
        arguments: Sequence[Argument],
        slow: Callable[..., Any],
        strange: Callable[[float], Any],
        kept: tuple[Any, ...],
        glue: str | None = None,
    ) -> None:
        """``slow`` gets the arguments that don't fit at once; ``kept`` the memory.

        ``glue``: where the C above lies compiled; None: compile it, or find it.
        """
        self.glue = glue or _compiled()
        self._c = _loaded(self.glue)
        self._state = ctypes.create_string_buffer(self._c.clearprop_stepper_size())
        self._callables = (slow, strange)
        address = ctypes.cast(run, ctypes.c_void_p)
        self._c.clearprop_stepper_begin(
            self._state, address, arrays, memory, len(arguments)
        )
        for i, argument in enumerate(arguments):
            self._argument(i, argument, arrays)
        owner = (self._state, run, arrays, *kept)
        self.arguments = list(arguments)
        self.call = self._c.clearprop_stepper_callable(
            self._state, owner, slow, strange
        )
        end = weakref.finalize(self, self._c.clearprop_stepper_release, self._state)
        end.atexit = False

    def _argument(self, i: int, argument: Argument, arrays: Any) -> None:
        if argument.slot is None:
            kind, place = _IGNORED, 0
        else:
            kind = _ARRAY if argument.shape else _NUMBERS[argument.dtype]
            place = ctypes.addressof(arrays) + argument.slot * ctypes.sizeof(
                ctypes.c_void_p
            )
        shape = (ctypes.c_int64 * _MOST_AXES)(*argument.shape)
        letters = _LETTERS.get(argument.dtype, "").encode()
        self._c.clearprop_stepper_argument(
            self._state, i, kind, letters, len(argument.shape), shape,
            argument.labels, place,
        )  # fmt: skip

    def again(self, *args: Any) -> Any:
        """The same for arguments that were put in order: what is wrong now is wrong."""
        for value, argument in zip(args, self.arguments):
            low, high = np.min(value), np.max(value)
            if argument.labels and not 0 <= low <= high < argument.labels:
                raise ClearpropError(
                    f"the label {low if low < 0 else high} is none of 0 to "
                    f"{argument.labels - 1}"
                )
        return self.call(*args)

    def set(self, rate: float, count: int) -> None:
        """The learning rate of the next step, and how many were made."""
        self._c.clearprop_stepper_set(self._state, rate, count)

    @property
    def count(self) -> int:
        """The steps made."""
        return int(self._c.clearprop_stepper_count(self._state))


_NUMBERS = {
    np.dtype(np.float64): _DOUBLE,
    np.dtype(np.float32): _FLOAT,
    np.dtype(np.int64): _INTEGER,
}


def _compiled() -> str:
    """The file of the C above, compiled."""
    from clearprop.training.native.compile import library

    return library(SOURCE)._name


@functools.cache
def _loaded(path: str) -> Any:
    """The glue, loaded so that it holds the interpreter's lock."""
    loaded = ctypes.PyDLL(path)
    number, address = ctypes.c_int64, ctypes.c_void_p
    loaded.clearprop_stepper_size.restype = number
    loaded.clearprop_stepper_begin.restype = None
    loaded.clearprop_stepper_begin.argtypes = [
        address, address, address, address, number,
    ]  # fmt: skip
    loaded.clearprop_stepper_argument.restype = None
    loaded.clearprop_stepper_argument.argtypes = [
        address, number, number, ctypes.c_char_p, number, address, number, address,
    ]  # fmt: skip
    loaded.clearprop_stepper_set.restype = None
    loaded.clearprop_stepper_set.argtypes = [address, ctypes.c_double, number]
    loaded.clearprop_stepper_count.restype = number
    loaded.clearprop_stepper_count.argtypes = [address]
    loaded.clearprop_stepper_release.restype = None
    loaded.clearprop_stepper_release.argtypes = [address]
    loaded.clearprop_stepper_callable.restype = ctypes.py_object
    loaded.clearprop_stepper_callable.argtypes = [
        address, ctypes.py_object, ctypes.py_object, ctypes.py_object,
    ]  # fmt: skip
    return loaded


__all__ = ["Argument", "FastStep", "fits"]
