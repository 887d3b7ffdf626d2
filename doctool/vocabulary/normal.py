"""Text reduced to what matters when labels are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->|\{/\*.*?\*/\}")
_NOTE = re.compile(r"\[\^[^\]\s]+\]|[¹²³⁰⁴-⁹†‡]+(?=[\s(|*_]|$)")
_NOT_WORD = re.compile(r"[^\w%Δ△×/]+|_+")


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """Return `text` without case, diacritics, markup and punctuation, words separated by single blanks.

    `**Blok Gecikmesi**:` and `BLOK GECİKMESİ` become the same, as do `UBÖO` and `uboo`.
    """
    text = _TAG.sub(" ", _LINK.sub(r"\1", _NOTE.sub("", text)))
    # `ı` has no decomposition; without this `HIZ` and `hız` would differ.
    text = text.replace("ı", "i").replace("İ", "i").replace("Δ", "Δ").replace("∆", "Δ")
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", plain)).strip()
