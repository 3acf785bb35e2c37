"""Words of C99: names that can't be used, helpers, and the standard names of functions.

The native engine has its own ``exp`` and ``log``; a file for people calls ``math.h``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for "
    "goto if inline int long register restrict return short signed sizeof static "
    "struct switch typedef union unsigned void volatile while main int64_t uint8_t "
    "learning_rate loss"
).split()
_FUNCTIONS = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp "
    "exp2 expm1 fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma "
    "llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint "
    "nextafter nexttoward pow remainder remquo rint round scalbln scalbn sin sinh sqrt "
    "tan tanh tgamma trunc gamma j0 j1 jn y0 y1 yn isnan isinf isfinite signbit"
).split()
# A parameter is a global: one that is called as the C library's own would replace it in
# the whole program (C99, 7.1.3), or be replaced by a macro.
_LIBRARY = (
    "abort abs asctime assert atexit atof atoi atol atoll bool bsearch calloc "
    "clearerr clock complex ctime difftime div errno exit false fclose feof ferror "
    "fflush fgetc fgetpos fgets fopen fprintf fputc fputs fread free freopen fscanf "
    "fseek fsetpos ftell fwrite getc getchar getenv gets gmtime imag isalnum "
    "isalpha iscntrl isdigit isgraph islower isprint ispunct isspace isupper "
    "isxdigit labs ldiv llabs lldiv localeconv localtime longjmp malloc mblen "
    "memchr memcmp memcpy memmove memset mktime offsetof perror printf putc putchar "
    "puts qsort raise rand read real realloc remove rename rewind scanf setbuf "
    "setjmp setlocale setvbuf signal size_t sprintf srand sscanf stderr stdin "
    "stdout strcat strchr strcmp strcoll strcpy strcspn strerror strftime strlen "
    "strncat strncmp strncpy strpbrk strrchr strspn strstr strtod strtof strtok "
    "strtol strtold strtoll strtoul strtoull strxfrm system time tmpfile tmpnam "
    "tolower toupper true ungetc vfprintf vprintf vsprintf write close dup environ "
    "exec fork index kill link open pause pipe select send sleep stat wait NULL EOF "
    "M_PI M_E I"
).split()
RESERVED = frozenset(
    [
        *_KEYWORDS, *_FUNCTIONS, *(f"{n}f" for n in _FUNCTIONS), *_LIBRARY, "NAN",
        "INFINITY",
    ]
)  # fmt: skip

# What NumPy has and C has not; {t} is the type, {s} its suffix.
_HELPERS = {
    "logaddexp": """static {t} cp_logaddexp{s}({t} a, {t} b) {{
  return a == b ? a + log{s}(2) : fmax{s}(a, b) + log1p{s}(exp{s}(-fabs{s}(a - b)));
}}""",
    "clip": """static {t} cp_clip{s}({t} x, {t} low, {t} high) {{
  return x < low ? low : x > high ? high : x;
}}""",
    "mod": """static {t} cp_mod{s}({t} a, {t} b) {{ /* has the sign of b */
  {t} r = fmod{s}(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}}""",
}
_WHOLE_HELPERS = {
    "iclip": """static int64_t cp_iclip(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : x > high ? high : x;
}""",
    "imod": """static int64_t cp_imod(int64_t a, int64_t b) { /* has the sign of b */
  int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}""",
    "idiv": """static int64_t cp_idiv(int64_t a, int64_t b) { /* rounds down */
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}""",
    "ipow": """static int64_t cp_ipow(int64_t x, int64_t n) {
  int64_t power = 1;
  while (n-- > 0) power *= x;
  return power;
}""",
}
HELPERS = _WHOLE_HELPERS | {
    name + s: text.format(t=t, s=s)
    for name, text in _HELPERS.items()
    for t, s in (("double", ""), ("float", "f"))
}

_STANDARD = re.compile(r"\bcp_(exp|expm1|log|log1p|tanh)(f?)\(")


def renamed(text: str) -> str:
    """The native engine's spelling in standard C."""
    text = _STANDARD.sub(r"\1\2(", text)
    text = re.sub(r'__builtin_nanf?\(""\)', "NAN", text)
    return re.sub(r"__builtin_inff?\(\)", "INFINITY", text)


def helpers_in(text: str) -> list[str]:
    """The definitions of the helpers that a text calls, once each."""
    called = dict.fromkeys(re.findall(r"\bcp_(\w+)\(", text))
    return [HELPERS[name] for name in called if name in HELPERS]


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """For each name one that C allows and no other name has."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        plain = re.sub(r"\W", "_", name)
        while plain in RESERVED or plain in found.values():
            plain += "_"
        found[name] = plain
    return found


__all__ = ["helpers_in", "plain_names", "renamed"]
