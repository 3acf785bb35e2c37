"""What C must know of Python to be called by it, without Python's headers.

It is the stable ABI (Python 3.11 on): types and functions are declared here by hand,
and the linker finds them in the running interpreter.
"""

from __future__ import annotations

DECLARATIONS = """
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef ssize_t Py_ssize_t;
typedef struct _object PyObject;
typedef struct {
  void *buf; PyObject *obj; Py_ssize_t len; Py_ssize_t itemsize; int readonly; int ndim;
  char *format; Py_ssize_t *shape; Py_ssize_t *strides; Py_ssize_t *suboffsets;
  void *internal;
} Py_buffer;
typedef PyObject *(*Fast)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
typedef struct { const char *name; Fast call; int flags; const char *doc; } PyMethodDef;
enum { C_CONTIGUOUS_WITH_FORMAT = 0x20 | 0x18 | 0x4, FASTCALL_WITH_KEYWORDS = 0x82 };

extern double PyFloat_AsDouble(PyObject *);
extern PyObject *PyFloat_FromDouble(double);
extern long long PyLong_AsLongLong(PyObject *);
extern PyObject *PyLong_FromLongLong(long long);
extern PyObject *PyErr_Occurred(void);
extern void PyErr_Clear(void);
extern int PyObject_GetBuffer(PyObject *, Py_buffer *, int);
extern void PyBuffer_Release(Py_buffer *);
extern PyObject *PyObject_Call(PyObject *, PyObject *, PyObject *);
extern PyObject *PyDict_New(void);
extern int PyDict_SetItem(PyObject *, PyObject *, PyObject *);
extern Py_ssize_t PyTuple_Size(PyObject *);
extern PyObject *PyTuple_GetItem(PyObject *, Py_ssize_t);
extern PyObject *PyTuple_New(Py_ssize_t);
extern int PyTuple_SetItem(PyObject *, Py_ssize_t, PyObject *);
extern void Py_IncRef(PyObject *);
extern void Py_DecRef(PyObject *);
extern PyObject *PyCapsule_New(void *, const char *, void (*)(PyObject *));
extern void *PyCapsule_GetPointer(PyObject *, const char *);
extern int PyCapsule_SetContext(PyObject *, void *);
extern void *PyCapsule_GetContext(PyObject *);
extern PyObject *PyCFunction_NewEx(PyMethodDef *, PyObject *, PyObject *);
extern void *PyEval_SaveThread(void);
extern void PyEval_RestoreThread(void *);
extern PyObject *PyExc_RuntimeError;
extern void PyErr_SetString(PyObject *, const char *);
"""

__all__ = ["DECLARATIONS"]
