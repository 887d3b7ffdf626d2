"""The words authors use for what doctool knows, and the forms in which they leave a number open.

Data and exact look-ups. It knows nothing of Markdown, of files or of the configuration's keys.
"""

from __future__ import annotations

from doctool.vocabulary.build import build_vocabulary
from doctool.vocabulary.fact_terms import ENVIRONMENT_KEYS
from doctool.vocabulary.labels import Vocabulary, Workings
from doctool.vocabulary.meaning import CHANGE, FORMS, VALUE, Meaning
from doctool.vocabulary.normal import normalise

__all__ = [
    "CHANGE",
    "ENVIRONMENT_KEYS",
    "FORMS",
    "VALUE",
    "Meaning",
    "Vocabulary",
    "Workings",
    "build_vocabulary",
    "normalise",
]
