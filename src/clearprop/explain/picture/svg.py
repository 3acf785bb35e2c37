"""A few shapes that become an SVG: light and dark, one file, no script."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

# Blue and orange are told apart with every common kind of colour vision. Each rule is
# written out for light and again for dark: programs that print SVG know no variables.
_LIGHT = {
    "paper": "#ffffff", "ink": "#1c2433", "faint": "#66707f", "frame": "#c3cbd6",
    "fill": "#f3f6fa", "plus": "#1c66c8", "minus": "#c2500c",
}  # fmt: skip
_DARK = {
    "paper": "#14181f", "ink": "#e8edf4", "faint": "#9aa5b4", "frame": "#465062",
    "fill": "#1d232d", "plus": "#74b3ff", "minus": "#ff9d5c",
}  # fmt: skip
_COLOURS = """
.cp-svg text{fill:%(ink)s}
.cp-svg .cp-paper{fill:%(paper)s}
.cp-svg .cp-box{fill:%(fill)s;stroke:%(frame)s}
.cp-svg .cp-named{stroke:%(ink)s}
.cp-svg .cp-unit{fill:%(fill)s;stroke:%(ink)s}
.cp-svg .cp-line{stroke:%(faint)s}
.cp-svg .cp-arrow{fill:%(faint)s}
.cp-svg .cp-plus-line{stroke:%(plus)s}
.cp-svg .cp-minus-line{stroke:%(minus)s}
.cp-svg .cp-zero-line{stroke:%(frame)s}
.cp-svg text.cp-faint{fill:%(faint)s}
.cp-svg text.cp-plus{fill:%(plus)s}
.cp-svg text.cp-minus{fill:%(minus)s}
"""
_SHAPES = """
.cp-svg text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:12px}
.cp-svg .cp-line,.cp-svg .cp-plus-line{fill:none}
.cp-svg .cp-minus-line,.cp-svg .cp-zero-line{fill:none}
.cp-svg .cp-unit{stroke-width:1.5}
.cp-svg text.cp-number{font-size:11px;
font-family:ui-monospace,'DejaVu Sans Mono',monospace}
.cp-svg text.cp-small{font-size:10.5px}
.cp-svg text.cp-title{font-size:13px;font-weight:600}
"""
_STYLE = (
    f"{_SHAPES}{_COLOURS % _LIGHT}"
    f"@media (prefers-color-scheme:dark){{{_COLOURS % _DARK}}}"
).replace("\n", "")

READABLE = 1400  # a wider picture is scrolled, not shrunk

# The width of a letter, in shares of the font's size.
_WIDE, _MONO = 0.6, 0.605


@dataclass(slots=True)
class Drawing:
    """Shapes so far. Later ones lie above earlier ones."""

    title: str
    shapes: list[str] = field(default_factory=list)

    def text(
        self, x: float, y: float, text: str, style: str = "", anchor: str = "middle"
    ) -> None:
        """A text whose baseline is at y."""
        names = " ".join(f"cp-{s}" for s in style.split())
        of = f' class="{names}"' if names else ""
        self.shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of}>'
            f"{clean(text)}</text>"
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        style: str,
        round_: float = 6,
    ) -> None:
        """A rectangle."""
        names = " ".join(f"cp-{s}" for s in style.split())
        self.shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            f'rx="{round_:g}" class="{names}"/>'
        )

    def circle(self, x: float, y: float, radius: float, style: str) -> None:
        """A circle."""
        self.shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="cp-{style}"/>'
        )

    def curve(
        self, points: list[tuple[float, float]], style: str, thick: float = 1.2,
        hint: str = "",
    ) -> None:  # fmt: skip
        """A smooth line through points from left to right."""
        (x, y), *rest = points
        path = f"M{x:.1f} {y:.1f}"
        for x2, y2 in rest:
            middle = (x + x2) / 2
            path += f"C{middle:.1f} {y:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
            x, y = x2, y2
        inside = f"><title>{clean(hint)}</title></path>" if hint else "/>"
        self.shapes.append(
            f'<path d="{path}" class="cp-{style}" stroke-width="{thick:.2f}"{inside}'
        )

    def arrow(self, x: float, y: float) -> None:
        """The head of an arrow that ends at a point, from the left."""
        self.shapes.append(
            f'<path d="M{x:.1f} {y:.1f}l-7 -3.2v6.4z" class="cp-arrow"/>'
        )

    def svg(self, width: float, height: float) -> str:
        """The whole picture."""
        w, h = round(width), round(height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="cp-svg" role="img" '
            f'viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
            f'style="height:auto;max-width:{"100%" if w <= READABLE else "none"}">'
            f"<title>{clean(self.title)}</title><style>{_STYLE}</style>"
            f'<rect width="{w}" height="{h}" rx="8" class="cp-paper"/>'
            + "".join(self.shapes)
            + "</svg>\n"
        )


def clean(text: str) -> str:
    """Text that XML can hold."""
    held = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
    return escape(held, quote=False)


def width_of(text: str, size: float = 12, mono: bool = False) -> float:
    """About how wide a text is drawn."""
    return len(text) * size * (_MONO if mono else _WIDE)


def cut(text: str, width: float, size: float = 12, mono: bool = False) -> str:
    """A text that fits, its end replaced by three dots where it must be."""
    if width_of(text, size, mono) <= width:
        return text
    letters = max(int(width / (size * (_MONO if mono else _WIDE))) - 1, 1)
    return text[:letters] + "…"
