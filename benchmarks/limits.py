"""What the machine can do: multiply-adds in a second, measured, not looked up."""

import ctypes
import threading
import time

from clearprop.training.native.compile import library

# Independent sums, as many as hide the latency; a vector is as wide as the machine's.
SOURCE = """
#if defined(__AVX512F__)
enum { WIDTH = 16 };
#elif defined(__AVX__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif
enum { SUMS = 24 };
typedef float vector __attribute__((vector_size(4 * WIDTH)));

__attribute__((visibility("default"))) float clearprop_sums(long times, float x) {
  vector sum[SUMS];
  for (int i = 0; i < SUMS; i++) sum[i] = (vector){0} + i * x;
  const vector a = (vector){0} + (1 - x), b = (vector){0} + x;
  for (long k = 0; k < times; k++)
    for (int i = 0; i < SUMS; i++) sum[i] = sum[i] * a + b;
  float whole = 0;
  for (int i = 0; i < SUMS; i++)
    for (int j = 0; j < WIDTH; j++) whole += sum[i][j];
  return whole;
}
__attribute__((visibility("default"))) long clearprop_width(void) {
  return SUMS * WIDTH;
}
"""


def multiply_adds(threads: int, rounds: int = 7) -> float:
    """float32 operations in a second on so many threads, the best of some rounds.

    A multiply-add counts as two.
    """
    loaded = library(SOURCE)
    run, times = loaded.clearprop_sums, 2_000_000
    run.restype, run.argtypes = ctypes.c_float, [ctypes.c_long, ctypes.c_float]
    loaded.clearprop_width.restype = ctypes.c_long
    each = 2.0 * loaded.clearprop_width() * times
    best = 0.0
    for _ in range(rounds):
        workers = [
            threading.Thread(target=run, args=(times, 1e-9)) for _ in range(threads)
        ]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = max(best, threads * each / (time.perf_counter() - began))
    return best
