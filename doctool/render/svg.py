"""Small drawings as SVG text, in tones that read on white and on dark pages alike; always the same bytes."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable

from doctool.render.escape import plain

INK = "#777777"
"""Of text and axes. As far from white as from the dark pages of code hosts: 4.3 to 1 or better."""
BLUE, ORANGE = "#1f77d0", "#c4600a"
_STYLE = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:13px"


def picture(width: int, height: int, title: str, text: str, language: str, parts: Iterable[str]) -> str:
    """Return a whole drawing, with its title and description where screen readers look for them."""
    inner = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" lang="{language}" aria-label="{quoted(title)}" style="{_STYLE};max-width:100%;height:auto">\n'
        f"<title>{_shown(title)}</title>\n<desc>{_shown(text)}</desc>\n{inner}\n</svg>\n"
    )


def _shown(text: str) -> str:
    """Return a text as content of an element; what XML cannot hold is left out."""
    return html.escape(plain(text), quote=False)


def quoted(text: str) -> str:
    """Return a text for an attribute in double quotes."""
    return html.escape(plain(text))


Point = tuple[float, float]


def line(start: Point, end: Point, colour: str = INK, width: float = 1.0, dash: str = "") -> str:
    """Return a straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{place(x1)}" y1="{place(y1)}" x2="{place(x2)}" y2="{place(y2)}" stroke="{colour}" '
        f'stroke-width="{place(width)}"{dashed}/>'
    )


def band(x: float, y: float, width: float, height: float, colour: str = INK, opacity: float = 0.18) -> str:
    """Return a shaded rectangle."""
    return (
        f'<rect x="{place(x)}" y="{place(y)}" width="{place(width)}" height="{place(height)}" fill="{colour}" '
        f'fill-opacity="{place(opacity)}"/>'
    )


def dot(x: float, y: float, radius: float, colour: str, *, is_filled: bool = True) -> str:
    """Return a circle, filled or hollow."""
    fill = colour if is_filled else "none"
    where = f'cx="{place(x)}" cy="{place(y)}" r="{place(radius)}"'
    return f'<circle {where} fill="{fill}" stroke="{colour}" stroke-width="2"/>'


def words(x: float, y: float, text: str, anchor: str = "start", colour: str = INK) -> str:
    """Return a line of text; its middle is at `y`."""
    return (
        f'<text x="{place(x)}" y="{place(y)}" text-anchor="{anchor}" dominant-baseline="middle" fill="{colour}">'
        f"{_shown(text)}</text>"
    )


def path(points: Iterable[tuple[float, float]], colour: str, width: float = 2.0, dash: str = "") -> str:
    """Return a line through points."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    through = " ".join(f"{place(x)},{place(y)}" for x, y in points)
    return f'<polyline points="{through}" fill="none" stroke="{colour}" stroke-width="{place(width)}"{dashed}/>'


def ticked(places: Iterable[float], top: float, height: float, colour: str) -> str:
    """Return short upright strokes, one for each place, as one path."""
    strokes = "".join(f"M{place(x)} {place(top)}v{place(height)}" for x in places)
    return f'<path d="{strokes}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-opacity="0.75"/>'


def area(points: Iterable[tuple[float, float]], colour: str, opacity: float = 0.18) -> str:
    """Return a shaded shape."""
    through = " ".join(f"{place(x)},{place(y)}" for x, y in points)
    return f'<polygon points="{through}" fill="{colour}" fill-opacity="{place(opacity)}"/>'


def place(value: float) -> str:
    """Write a coordinate, short and always the same."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def ticks(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """Return round numbers between two ends, at most so many."""
    if not high > low:
        return (low,)
    step = 10.0 ** math.floor(math.log10(high - low))
    step = next(size for factor in (0.1, 0.2, 0.5, 1, 2, 5, 10) if (high - low) / (size := step * factor) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))
