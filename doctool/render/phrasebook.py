"""English sentences that doctool itself writes into records, and what they are in Turkish."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Phrasebook:
    """Sentences with slots.

    Args:
        phrases: Pairs of a pattern that matches a whole English sentence, its slots as named groups, and the Turkish
            sentence with the same slots in braces.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._phrases = tuple((re.compile(pattern), sentence) for pattern, sentence in phrases)

    def translate(self, text: str) -> str | None:
        """Return the sentence in Turkish; None if it is not in the book."""
        for pattern, sentence in self._phrases:
            found = pattern.fullmatch(text)
            if found:
                return sentence.format(**found.groupdict(default=""))
        return None
