"""The words authors use for what doctool knows, and the forms in which they leave a number open.

Data and exact look-ups. It knows nothing of Markdown, of files or of the configuration's keys.
"""

from __future__ import annotations

from doctool.vocabulary.labels import Meaning, Vocabulary, build_vocabulary
from doctool.vocabulary.normal import normalise
from doctool.vocabulary.terms import ENVIRONMENT_KEYS

__all__ = ["ENVIRONMENT_KEYS", "Meaning", "Vocabulary", "build_vocabulary", "normalise"]
