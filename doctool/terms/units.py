"""Numbers with units, written as people write them in Turkish and in English.

Records hold SI base units; this is the one place where they are scaled. It does not know what is measured.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

import msgspec

Language = Literal["tr", "en"]


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit documents may ask for.

    Args:
        base: The unit in which records hold the quantity.
        factor: How many base units one of it is.
        tr: How it is written in Turkish text.
        en: How it is written in English text.
    """

    base: str
    factor: float
    tr: str
    en: str


def _same(base: str, factor: float, symbol: str) -> Unit:
    return Unit(base=base, factor=factor, tr=symbol, en=symbol)


UNITS: dict[str, Unit] = {
    "s": Unit(base="s", factor=1.0, tr="sn", en="s"),
    "ms": _same("s", 1e-3, "ms"),
    "µs": _same("s", 1e-6, "µs"),
    "ns": _same("s", 1e-9, "ns"),
    "tokens/s": _same("tokens/s", 1.0, "tokens/s"),
    "tok/s": _same("tokens/s", 1.0, "tok/s"),
    "ktokens/s": _same("tokens/s", 1e3, "ktokens/s"),
    "samples/s": _same("samples/s", 1.0, "samples/s"),
    "img/s": _same("samples/s", 1.0, "img/s"),
    "it/s": _same("calls/s", 1.0, "it/s"),
    "B": _same("B", 1.0, "B"),
    "KB": _same("B", 1e3, "KB"),
    "MB": _same("B", 1e6, "MB"),
    "GB": _same("B", 1e9, "GB"),
    "KiB": _same("B", 2.0**10, "KiB"),
    "MiB": _same("B", 2.0**20, "MiB"),
    "GiB": _same("B", 2.0**30, "GiB"),
    "steps": Unit(base="steps", factor=1.0, tr="adım", en="steps"),
    "nats": Unit(base="nats", factor=1.0, tr="nat", en="nats"),
    "nats²": Unit(base="nats²", factor=1.0, tr="nat²", en="nats²"),
    "1": Unit(base="1", factor=1.0, tr="", en=""),
    "M": _same("1", 1e6, "M"),
}

SPELLINGS: dict[str, str] = {
    "msec": "ms",
    "msn": "ms",
    "us": "µs",
    "μs": "µs",
    "sec": "s",
    "sn": "s",
    "saniye": "s",
    "seconds": "s",
    "token/s": "tokens/s",
    "tokens/sec": "tokens/s",
    "token/sec": "tokens/s",
    "tok/sec": "tok/s",
    "token/sn": "tokens/s",
    "sample/s": "samples/s",
    "samples/sec": "samples/s",
    "sample/sec": "samples/s",
    "örnek/sn": "samples/s",
    "örnek/s": "samples/s",
    "imgs/s": "img/s",
    "image/s": "img/s",
    "images/s": "img/s",
    "img/sec": "img/s",
    "images/sec": "img/s",
    "image/sec": "img/s",
    "görüntü/sn": "img/s",
    "görsel/sn": "img/s",
    "its/s": "it/s",
    "iter/s": "it/s",
    "iters/s": "it/s",
    "it/sec": "it/s",
    "iter/sec": "it/s",
    "iterations/s": "it/s",
    "iteration/s": "it/s",
    "iterations/sec": "it/s",
    "calls/s": "it/s",
    "call/s": "it/s",
    "yineleme/sn": "it/s",
    "step": "steps",
    "adım": "steps",
    "adim": "steps",
}
"""Other ways in which authors write the units above."""


def find_unit(text: str) -> str | None:
    """Return the key in `UNITS` that an author's spelling means, or None."""
    word = text.strip()
    if word in UNITS:
        return word
    lowered = word.lower()
    return lowered if "/" in lowered and lowered in UNITS else SPELLINGS.get(lowered)


def format_number(value: float, decimals: int, language: Language) -> str:
    """Write a number with that many decimals, a proper minus sign and the language's decimal mark.

    Thousands are not separated: `1.234` would be read as a different number by readers of the other language.
    """
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    text = f"{abs(rounded):f}"
    if rounded < 0:
        text = f"−{text}"
    return text.replace(".", ",") if language == "tr" else text


def decimals_for(uncertainty: float | None, value: float, significant: int = 4) -> int:
    """Return how many decimals are meaningful.

    Args:
        uncertainty: Half-width of the interval in the shown unit; its first two digits are kept.
        value: The value itself; without an uncertainty, `significant` digits of it are kept.
        significant: Digits to keep when the uncertainty is unknown.
    """
    if uncertainty:
        return max(0, 1 - Decimal(repr(uncertainty)).adjusted())
    if value == 0 or float(value).is_integer():
        return 0
    return max(0, significant - 1 - Decimal(repr(value)).adjusted())


def format_quantity(value: float, unit: str, language: Language, half_width: float | None = None) -> str:
    """Write a value held in base units as a quantity in `unit`: `3,42 ± 0,04 ms`.

    Args:
        value: In the base unit of `unit`.
        unit: A key of `UNITS`.
        language: Language of the decimal mark and of the unit.
        half_width: Half-width of the interval, in the base unit.
    """
    kind = UNITS[unit]
    scaled = value / kind.factor
    spread = half_width / kind.factor if half_width else None
    decimals = decimals_for(spread, scaled)
    number = format_number(scaled, decimals, language)
    if spread is not None:
        number += f" ± {format_number(spread, decimals, language)}"
    symbol = kind.tr if language == "tr" else kind.en
    return f"{number} {symbol}".rstrip()


def format_percent(fraction: float, decimals: int, language: Language, *, signed: bool = False) -> str:
    """Write a fraction as a percentage: `%12,3` in Turkish, `12.3%` in English.

    Args:
        fraction: 0.123 for 12.3 %.
        decimals: Digits after the decimal mark.
        language: Where the sign goes and which decimal mark is used.
        signed: Write `+` before a positive number.
    """
    number = format_number(abs(fraction) * 100, decimals, language)
    is_zero = not any(digit in number for digit in "123456789")
    sign = "" if is_zero else ("−" if fraction < 0 else "+" if signed else "")
    return f"{sign}%{number}" if language == "tr" else f"{sign}{number}%"
