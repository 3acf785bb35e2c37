"""Many steps of a compiled routine, called without the detour through ctypes.

What a call of the routine takes beside its steps counts where an epoch takes a tenth of
a millisecond: three addresses, a look through the row numbers, ctypes itself. So the
call is a built-in function of its own, like a single step's (``glue``): it takes arrays
as they are and looks whether they fit. While the steps are made, Python's other threads
go on.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.training.native.abi import DECLARATIONS

# What a call gives where its arrays don't fit at once, and nothing was done.
ELSEWHERE = -(2**63)

SOURCE = (
    DECLARATIONS
    + r"""
#define ELSEWHERE INT64_MIN

struct runner {
  int64_t (*run)(int64_t, const int64_t *, const double *, int64_t, void *const *,
                 void *const *, void *);
  void *const *arrays;
  int64_t *memory;
  int64_t rows, batch; /* of the data, of a step */
  int64_t asks;        /* whether the memory begins with the size of a batch */
};

/* The arguments are losses, rates and, where a step takes some rows, their numbers. */
static int taken(PyObject *given, Py_buffer *view, Py_ssize_t which) {
  if (PyObject_GetBuffer(given, view, C_CONTIGUOUS_WITH_FORMAT)) {
    PyErr_Clear();
    return 0;
  }
  const char *letters = which < 2 ? "d" : "lq", *format = view->format;
  if (view->itemsize == 8 && view->ndim == (which < 2 ? 1 : 2) && format && format[0]
      && !format[1] && strchr(letters, format[0]))
    return 1;
  PyBuffer_Release(view);
  return 0;
}

static int within(const int64_t *row, int64_t count, int64_t rows) {
  for (int64_t i = 0; i < count; i++)
    if ((uint64_t)row[i] >= (uint64_t)rows) return 0;
  return 1;
}

static int64_t steps(const struct runner *r, int64_t made, const Py_buffer *view,
                     const Py_buffer *rows) {
  const int64_t count = view[0].len / 8;
  if (!count || view[1].len / 8 != count) return ELSEWHERE;
  if (rows && (rows->shape[0] != count || rows->shape[1] != r->batch
               || !within(rows->buf, count * r->batch, r->rows)))
    return ELSEWHERE;
  if (r->asks) *r->memory = r->batch;
  void *const told = view[0].buf;
  void *const others = PyEval_SaveThread();
  const int64_t done = r->run(count, rows ? rows->buf : 0, view[1].buf, made, r->arrays,
                              &told, r->memory);
  PyEval_RestoreThread(others);
  return done;
}

static PyObject *run(PyObject *self, PyObject *const *args, Py_ssize_t n,
                     PyObject *names) {
  const struct runner *r = PyCapsule_GetPointer(self, 0);
  Py_buffer view[3];
  Py_ssize_t held = 0;
  int64_t done = ELSEWHERE;
  if (!names && (n == 3 || n == 4)) {
    const int64_t made = PyLong_AsLongLong(args[0]);
    while (held < n - 1 && taken(args[held + 1], &view[held], held)) held++;
    if (held == n - 1) done = steps(r, made, view, n == 4 ? &view[2] : 0);
  }
  while (held > 0) PyBuffer_Release(&view[--held]);
  return PyLong_FromLongLong(done);
}

static void forget(PyObject *capsule) {
  Py_DecRef(PyCapsule_GetContext(capsule));
}

/* The callable keeps its owner alive, but not what the arrays' addresses lead to. */
__attribute__((visibility("default")))
PyObject *clearprop_runner(struct runner *r, void *run_of, PyObject *owner) {
  static PyMethodDef method = {"run", run, FASTCALL_WITH_KEYWORDS,
                               "Many training steps."};
  memcpy(&r->run, &run_of, sizeof run_of);
  PyObject *capsule = PyCapsule_New(r, 0, forget);
  if (!capsule) return 0;
  Py_IncRef(owner);
  PyCapsule_SetContext(capsule, owner);
  PyObject *made = PyCFunction_NewEx(&method, capsule, 0);
  Py_DecRef(capsule);
  return made;
}
"""
)


class _Runner(ctypes.Structure):
    """The struct above."""

    _fields_ = (
        ("run", ctypes.c_void_p),
        ("arrays", ctypes.c_void_p),
        ("memory", ctypes.c_void_p),
        ("rows", ctypes.c_int64),
        ("batch", ctypes.c_int64),
        ("asks", ctypes.c_int64),
    )


def runner(
    run: Any, arrays: Any, memory: np.ndarray, rows: int, batch: int, asks: bool
) -> Callable[..., int]:
    """``call(made, losses, rates)``, with ``batches`` where a step takes some rows.

    It gives what the routine ``run`` gives, or ``ELSEWHERE``. ``rows`` are those of the
    data, ``batch`` those of a step; the memory begins with these where it ``asks``. It
    is for the engine that the ``arrays`` belong to: they aren't kept alive.
    """
    state = _Runner(
        None, ctypes.addressof(arrays), memory.ctypes.data, rows, batch, asks
    )
    made: Callable[..., int] = _loaded().clearprop_runner(
        ctypes.byref(state),
        ctypes.cast(run, ctypes.c_void_p),
        (state, run, arrays, memory),
    )
    return made


@functools.cache
def _loaded() -> Any:
    """The C above, loaded so that it holds the interpreter's lock."""
    from clearprop.training.native.compile import library

    loaded = ctypes.PyDLL(library(SOURCE)._name)
    loaded.clearprop_runner.restype = ctypes.py_object
    loaded.clearprop_runner.argtypes = [
        ctypes.c_void_p, ctypes.c_void_p, ctypes.py_object,
    ]  # fmt: skip
    return loaded


__all__ = ["ELSEWHERE", "runner"]
