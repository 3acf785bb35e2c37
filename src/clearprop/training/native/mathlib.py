"""The C that every generated source begins with: exp, log, tanh … that vectorise.

The compiler turns a loop over these into vector code, which a call of the C library
would prevent. They are accurate to 1 to 2 units in the last place and right at 0, inf
and nan. The reductions are those of Tang (1989) and fdlibm: x = k·log 2 + r.
"""

from __future__ import annotations

PRELUDE = r"""
#include <stdint.h>
#include <stddef.h>
#include <string.h>
#include <math.h>

#define CP_INLINE static inline __attribute__((always_inline, unused))

/* a * b + c in one operation, where there is one */
#if defined(__FMA__) || defined(__aarch64__)
#define CP_FMA(a, b, c) __builtin_fma(a, b, c)
#define CP_FMAf(a, b, c) __builtin_fmaf(a, b, c)
#else
#define CP_FMA(a, b, c) ((a) * (b) + (c))
#define CP_FMAf(a, b, c) ((a) * (b) + (c))
#endif

CP_INLINE double cp_from_bits(int64_t b) { double x; memcpy(&x, &b, 8); return x; }
CP_INLINE int64_t cp_bits(double x) { int64_t b; memcpy(&b, &x, 8); return b; }
CP_INLINE float cp_from_bitsf(int32_t b) { float x; memcpy(&x, &b, 4); return x; }
CP_INLINE int32_t cp_bitsf(float x) { int32_t b; memcpy(&b, &x, 4); return b; }

/* a - b of two bit patterns; of those of nan, anything */
CP_INLINE int64_t cp_less(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}
CP_INLINE int32_t cp_lessf(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

/* 2**k for whole k, in two steps so that neither overflows: *half gets the second */
CP_INLINE double cp_two_to(double k, double *half) {
    const double big = 0x1.8p52;
    int64_t whole = cp_less(cp_bits(k + big), cp_bits(big));
    int64_t first = whole >> 1;
    *half = cp_from_bits((int64_t)((uint64_t)(whole - first + 1023) << 52));
    return cp_from_bits((int64_t)((uint64_t)(first + 1023) << 52));
}
CP_INLINE float cp_two_tof(float k, float *half) {
    const float big = 0x1.8p23f;
    int32_t whole = cp_lessf(cp_bitsf(k + big), cp_bitsf(big));
    int32_t first = whole >> 1;
    *half = cp_from_bitsf((int32_t)((uint32_t)(whole - first + 127) << 23));
    return cp_from_bitsf((int32_t)((uint32_t)(first + 127) << 23));
}

/* expm1(r) for |r| <= log(2)/2 + a little */
CP_INLINE double cp_small_expm1(double r) {
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    return p * (r * r) + r;
}
CP_INLINE float cp_small_expm1f(float r) {
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    return p * (r * r) + r;
}

CP_INLINE double cp_exp(double x) {
    x = x > 710 ? 710 : x;
    x = x < -746 ? -746 : x;
    double k = rint(x * 0x1.71547652b82fep0);
    double r = x - k * 0x1.62e42fefa0000p-1;
    r = r - k * 0x1.cf79abc9e3b3ap-40;
    double half, scale = cp_two_to(k, &half);
    return (cp_small_expm1(r) + 1) * scale * half;
}
CP_INLINE float cp_expf(float x) {
    x = x > 89 ? 89 : x;
    x = x < -104 ? -104 : x;
    float k = rintf(x * 0x1.715476p0f);
    float r = x - k * 0x1.62e400p-1f;
    r = r - k * 0x1.7f7d1cp-20f;
    float half, scale = cp_two_tof(k, &half);
    return (cp_small_expm1f(r) + 1) * scale * half;
}

CP_INLINE double cp_expm1(double x) {
    double y = x > 710 ? 710 : x;
    y = y < -60 ? -60 : y;
    double k = rint(y * 0x1.71547652b82fep0);
    double r = y - k * 0x1.62e42fefa0000p-1;
    r = r - k * 0x1.cf79abc9e3b3ap-40;
    double half, scale = cp_two_to(k, &half);
    return cp_small_expm1(r) * scale * half + (scale * half - 1);
}
CP_INLINE float cp_expm1f(float x) {
    float y = x > 89 ? 89 : x;
    y = y < -30 ? -30 : y;
    float k = rintf(y * 0x1.715476p0f);
    float r = y - k * 0x1.62e400p-1f;
    r = r - k * 0x1.7f7d1cp-20f;
    float half, scale = cp_two_tof(k, &half);
    return cp_small_expm1f(r) * scale * half + (scale * half - 1);
}

/* tanh(x) = e / (e + 2) with e = expm1(2x); of |x|, so that e is never near -1 */
CP_INLINE double cp_tanh(double x) {
    double a = fabs(x);
    double e = cp_expm1(a > 20 ? 40 : 2 * a);
    double t = e / (e + 2);
    return x != x ? x : copysign(t, x);
}
CP_INLINE float cp_tanhf(float x) {
    float a = fabsf(x);
    float e = cp_expm1f(a > 10 ? 20 : 2 * a);
    float t = e / (e + 2);
    return x != x ? x : copysignf(t, x);
}

CP_INLINE double cp_log(double x) {
    int tiny = x < 0x1p-1022;
    double y = tiny ? x * 0x1p54 : x;
    /* m in [sqrt(1/2), sqrt(2)): y = m * 2**k */
    int64_t e = cp_less(cp_bits(y), INT64_C(0x3fe6a09e667f3bcd)) >> 52;
    double m = cp_from_bits(cp_less(cp_bits(y), (int64_t)((uint64_t)e << 52)));
    double k = cp_from_bits(cp_bits(0x1.8p52) + e) - 0x1.8p52;
    k = tiny ? k - 54 : k;
    double f = m - 1, s = f / (2 + f), z = s * s;
    double p = 1.479819860511658591e-01;
    p = p * z + 1.531383769920937332e-01;
    p = p * z + 1.818357216161805012e-01;
    p = p * z + 2.222219843214978396e-01;
    p = p * z + 2.857142874366239149e-01;
    p = p * z + 3.999999999940941908e-01;
    p = p * z + 6.666666666666735130e-01;
    double h = 0.5 * f * f;
    double v = k * 6.93147180369123816490e-01
        - ((h - (s * (h + p * z) + k * 1.90821492927058770002e-10)) - f);
    v = x == 0 ? -__builtin_inf() : v;
    v = x < 0 ? __builtin_nan("") : v;
    return x - x == 0 ? v : x > 0 ? x : __builtin_nan("");
}
CP_INLINE float cp_logf(float x) {
    int tiny = x < 0x1p-126f;
    float y = tiny ? x * 0x1p25f : x;
    int32_t e = cp_lessf(cp_bitsf(y), 0x3f3504f3) >> 23;
    float m = cp_from_bitsf(cp_lessf(cp_bitsf(y), (int32_t)((uint32_t)e << 23)));
    float k = (float)e;
    k = tiny ? k - 25 : k;
    float f = m - 1, s = f / (2 + f), z = s * s;
    float p = 0.24279078841f;
    p = p * z + 0.28498786688f;
    p = p * z + 0.40000972152f;
    p = p * z + 0.66666662693f;
    float h = 0.5f * f * f;
    float v = k * 6.9313812256e-01f
        - ((h - (s * (h + p * z) + k * 9.0580006145e-06f)) - f);
    v = x == 0 ? -__builtin_inff() : v;
    v = x < 0 ? __builtin_nanf("") : v;
    return x - x == 0 ? v : x > 0 ? x : __builtin_nanf("");
}

/* log(1 + x), with what 1 + x lost put back (Kahan) */
CP_INLINE double cp_log1p(double x) {
    double w = 1 + x, lost = x - (w - 1);
    double v = cp_log(w) + lost / w;
    return w - w == 0 && w != 0 ? v : w > 0 ? w : cp_log(w);
}
CP_INLINE float cp_log1pf(float x) {
    float w = 1 + x, lost = x - (w - 1);
    float v = cp_logf(w) + lost / w;
    return w - w == 0 && w != 0 ? v : w > 0 ? w : cp_logf(w);
}

CP_INLINE double cp_logaddexp(double a, double b) {
    double d = a - b, top = a > b || a != a ? a : b;
    return a == b ? a + 0x1.62e42fefa39efp-1 : top + cp_log1p(cp_exp(-fabs(d)));
}
CP_INLINE float cp_logaddexpf(float a, float b) {
    float d = a - b, top = a > b || a != a ? a : b;
    return a == b ? a + 0x1.62e430p-1f : top + cp_log1pf(cp_expf(-fabsf(d)));
}

/* NumPy lets the upper bound win where the bounds have crossed */
CP_INLINE double cp_clip(double x, double low, double high) {
    double y = x < low || low != low ? low : x;
    return y > high || high != high ? high : y;
}
CP_INLINE float cp_clipf(float x, float low, float high) {
    float y = x < low || low != low ? low : x;
    return y > high || high != high ? high : y;
}
CP_INLINE int64_t cp_iclip(int64_t x, int64_t low, int64_t high) {
    int64_t y = x < low ? low : x;
    return y > high ? high : y;
}

CP_INLINE double cp_mod(double a, double b) {
    double r = fmod(a, b);
    return r == 0 ? copysign(0, b) : (r < 0) != (b < 0) ? r + b : r;
}
CP_INLINE float cp_modf(float a, float b) {
    float r = fmodf(a, b);
    return r == 0 ? copysignf(0, b) : (r < 0) != (b < 0) ? r + b : r;
}
/* as Python divides: 1 // 0.1 is 9, though 1 / 0.1 is 10 */
CP_INLINE double cp_floordiv(double a, double b) {
    double r = fmod(a, b), q = (a - r) / b;
    q = r != 0 && (r < 0) != (b < 0) ? q - 1 : q;
    double whole = floor(q);
    return b == 0 ? a / b : q - whole > 0.5 ? whole + 1 : whole;
}
CP_INLINE float cp_floordivf(float a, float b) {
    float r = fmodf(a, b), q = (a - r) / b;
    q = r != 0 && (r < 0) != (b < 0) ? q - 1 : q;
    float whole = floorf(q);
    return b == 0 ? a / b : q - whole > 0.5f ? whole + 1 : whole;
}
CP_INLINE int64_t cp_idiv(int64_t a, int64_t b) {
    if (b == 0) return 0;
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}
CP_INLINE int64_t cp_imod(int64_t a, int64_t b) {
    return b == 0 ? 0 : a - b * cp_idiv(a, b);
}
CP_INLINE int64_t cp_ipow(int64_t a, int64_t n) {
    int64_t r = 1;
    for (; n > 0; n >>= 1, a *= a) if (n & 1) r *= a;
    return r;
}
"""

# The logistic function with a short chain of dependent operations: no exp, no division.
# A row of the table holds the Taylor coefficients of s and of s' at a multiple of 1/16
# (s'' = s'(1 - 2s) gives them all); |d| <= 1/32 leaves an error of 6e-17 of s and of
# 6e-16 of s'.
SIGMOID = r"""
#define CP_ROWS 1025 /* from -32 to 32 in steps of 1/16 */
static double cp_table[CP_ROWS][16] __attribute__((aligned(64)));

__attribute__((constructor)) static void cp_fill_table(void) {
    for (int row = 0; row < CP_ROWS; row++) {
        const double x = (row - CP_ROWS / 2) / 16.0;
        long double s[9], d[8];
        const long double other = 1 / (1 + expl(x));
        s[0] = 1 / (1 + expl(-x));
        d[0] = s[0] * other;
        for (int n = 0; n < 8; n++) {
            s[n + 1] = d[n] / (n + 1);
            long double sum = d[n] * (other - s[0]);
            for (int k = 0; k < n; k++) sum -= 2 * d[k] * s[n - k];
            if (n < 7) d[n + 1] = sum / (n + 1);
        }
        for (int n = 0; n < 8; n++) {
            cp_table[row][n] = (double)s[n];
            cp_table[row][8 + n] = (double)d[n];
        }
    }
}

/* Where an argument x = early * late lies: a row, and how far x is from its centre.
   late is what the chain waits for, so that its first product is also the last but one
   step to the row's address. */
typedef struct { const double *row; double d; } cp_spot;
/* The row that was read last; beyond the table, a row for one x alone. */
typedef struct { const double *row; double centre, alone[16]; } cp_last;
#define CP_NOWHERE {NULL, __builtin_nan(""), {0}}

static __attribute__((noinline, cold)) void cp_beyond(double x, cp_last *last) {
    const double e = exp(-fabs(x)), s = 1 / (1 + e);
    last->row = last->alone;
    last->centre = __builtin_nan("");
    last->alone[0] = x < 0 ? e * s : s;
    last->alone[8] = s * (e * s);
}
/* The lower half of ``place`` is the row's number. */
CP_INLINE cp_spot cp_find(double early, double late, cp_last *last) {
    const double big = 0x1.8p52 + CP_ROWS / 2;
    const double place = CP_FMA(late, early * 16, big);
    if (__builtin_expect(fabs(place - big) <= 31.5 * 16, 1)) {
        last->centre = (place - big) * 0.0625;
        last->row = cp_table[(uint32_t)cp_bits(place)];
        return (cp_spot){last->row, CP_FMA(late, early, -last->centre)};
    }
    cp_beyond(early * late, last);
    return (cp_spot){last->row, 0};
}
/* The same for an argument that moves little from step to step: that the row is still
   the last one is foreseen, and no step waits for its address. */
CP_INLINE cp_spot cp_stay(double early, double late, cp_last *last) {
    const double d = CP_FMA(late, early, -last->centre);
    if (__builtin_expect(fabs(d) < 1.0 / 32, 1)) return (cp_spot){last->row, d};
    return cp_find(early, late, last);
}
CP_INLINE double cp_taylor(const double *c, double d) {
    const double d2 = d * d, d4 = d2 * d2;
    const double low = (c[0] + c[1] * d) + d2 * (c[2] + c[3] * d);
    const double high = (c[4] + c[5] * d) + d2 * (c[6] + c[7] * d);
    return low + d4 * high;
}
CP_INLINE double cp_sigmoid(cp_spot at) { return cp_taylor(at.row, at.d); }
CP_INLINE double cp_slope(cp_spot at) { return cp_taylor(at.row + 8, at.d); }
"""
