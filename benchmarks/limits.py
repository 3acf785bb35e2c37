"""What the machine can do: multiply-adds in a second, measured, not looked up.

A turn makes as many as registers allow, on so many threads, and is measured beside the
contenders: a machine that others use does less for all of them.
"""

import ctypes
import threading
from collections.abc import Callable

from clearprop.training.native.compile import library

# Independent sums, each in a register of its own, as many as hide the latency.
SUMS = 12
SOURCE = f"""
#if defined(__AVX512F__)
enum {{ WIDTH = 16 }};
#elif defined(__AVX__)
enum {{ WIDTH = 8 }};
#else
enum {{ WIDTH = 4 }};
#endif
typedef float vector __attribute__((vector_size(4 * WIDTH)));

__attribute__((visibility("default"))) float clearprop_sums(long times, float x) {{
  const vector none = {{0}}, a = none + (1 - x), b = none + x;
  vector {", ".join(f"sum{i} = none + {i} * x" for i in range(SUMS))};
  for (long k = 0; k < times; k++) {{
    {" ".join(f"sum{i} = sum{i} * a + b;" for i in range(SUMS))}
  }}
  const vector whole = {" + ".join(f"sum{i}" for i in range(SUMS))};
  float found = 0;
  for (int j = 0; j < WIDTH; j++) found += whole[j];
  return found;
}}
__attribute__((visibility("default"))) long clearprop_width(void) {{ return WIDTH; }}
"""
TIMES = 4_000_000  # 10 ms: what starting a thread takes is nothing to it


def multiply_adds(threads: int) -> tuple[Callable[[], None], float]:
    """A turn of float32 multiply-adds on so many threads, and how many operations.

    A multiply-add counts as two.
    """
    loaded = library(SOURCE)
    run = loaded.clearprop_sums
    run.restype, run.argtypes = ctypes.c_float, [ctypes.c_long, ctypes.c_float]
    loaded.clearprop_width.restype = ctypes.c_long

    def turn() -> None:
        others = [
            threading.Thread(target=run, args=(TIMES, 1e-9)) for _ in range(threads - 1)
        ]
        for other in others:
            other.start()
        run(TIMES, 1e-9)
        for other in others:
            other.join()

    return turn, 2.0 * threads * TIMES * SUMS * loaded.clearprop_width()
