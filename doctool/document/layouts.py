"""Layouts of `doctool.yaml`, shared by regions: what a short begin comment stands for, in a page's language."""

from __future__ import annotations

from collections.abc import Mapping

from doctool.document.region import FIELDS, RegionError
from doctool.terms.nearest import suggest
from doctool.vocabulary import Vocabulary

LAYOUT = "layout"
IN_HEAD = (LAYOUT, "template", "mechanism", "workload", "align")
"""What may stand behind the id, as `key=value`; everything else is written as YAML below."""
Values = Mapping[str, object]


def lay_out(values: Values, file: str, vocabulary: Vocabulary) -> Values:
    """Return what a begin comment says together with the layout it names; what it says itself counts.

    Args:
        values: As written in the comment.
        file: The document, whose language the labels are in.
        vocabulary: Holds the layouts and the words for their labels.

    Raises:
        RegionError: If there is no such layout.
    """
    name = values.get(LAYOUT)
    if name is None:
        return values
    if not isinstance(name, str) or name not in vocabulary.layouts:
        known = tuple(vocabulary.layouts)
        raise RegionError(f"there is no layout {name!r} in doctool.yaml; {suggest(str(name), known)}", 0)
    own = {key: value for key, value in values.items() if key != LAYOUT}
    words = vocabulary.labels.get(vocabulary.languages.get(file, "en"), {})
    slots = {key: str(own.get(key, "")) for key in ("mechanism", "workload")}
    laid = {
        key: _in_words(key, value, words, slots) for key, value in vocabulary.layouts[name].items() if key in FIELDS
    }
    return {**laid, **own}


def _in_words(key: str, value: object, words: Mapping[str, str], slots: Mapping[str, str]) -> object:
    if key == "corner":
        return _translate(str(value), words, slots)
    if key == "lines" and isinstance(value, list | tuple):
        # Their slots are facts, and are filled when the page is.
        return [words.get(line, line) for line in value]
    if key in {"rows", "columns"} and isinstance(value, dict):
        return {_translate(label, words, slots): asked for label, asked in value.items()}
    return value


def _translate(label: str, words: Mapping[str, str], slots: Mapping[str, str]) -> str:
    """Return a label in the page's language, `{mechanism}` and `{workload}` in it named as they are called there."""
    text = words.get(label, label)
    for slot, name in slots.items():
        text = text.replace(f"{{{slot}}}", words.get(name, name))
    return text
