"""Evidence in Turkish: every phrase that the detector has, taken from its source text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import doctool.detect
from doctool.render.evidence_words import translate_evidence

# The arguments and calls that name what a place shows; the position of the text in each.
WRITERS = {"at": 1, "gate": 1, "puzzle": 2, "evidence_at": 2, "_puzzling": 1}
EXAMPLES = {"step.shows": "`if use_hem`", "where": "comment", "shows": "imports while it runs"}


def phrases() -> set[str]:
    """Every phrase of the detector, with an example in each of its slots."""
    found = set()
    for path in Path(doctool.detect.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in WRITERS and len(node.args) > WRITERS[name]:
                    start = "`exec(text)` " if name == "_puzzling" else ""
                    found |= {start + text for text in filled(node.args[WRITERS[name]])}
                found |= {text for one in node.keywords if one.arg == "shows" for text in filled(one.value)}
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "shows":
                found |= filled(node.value)
            elif isinstance(node, ast.Yield) and path.name == "mentions.py":
                found |= {text.format(name="`use_hem`") for text in filled(node.value) if "{name}" in text}
    return found


def filled(node: ast.AST) -> set[str]:
    """Example texts of an expression: a literal, one with slots, a choice; none of anything else."""
    if isinstance(node, ast.Tuple):
        return {text for one in node.elts for text in filled(one)}
    if isinstance(node, ast.IfExp):
        return filled(node.body) | filled(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if not isinstance(node, ast.JoinedStr):
        return set()
    text = ""
    for one in node.values:
        if isinstance(one, ast.Constant):
            text += one.value
        else:
            text += "'use_hem'" if one.conversion == ord("r") else EXAMPLES.get(ast.unparse(one.value), "3")
    return {text}


PHRASES = sorted(text for text in phrases() if not re.fullmatch(r"`.*`|<.*>", text) and " " in text)


def test_the_phrases_are_found() -> None:
    assert len(PHRASES) > 30
    assert "`3` chooses" in PHRASES
    assert "`if use_hem`, and nothing reads what it decides" in PHRASES


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_of_the_detector_is_turkish_in_a_turkish_page(phrase: str) -> None:
    turkish = translate_evidence(phrase, "tr")
    assert turkish != phrase
    outside_code = re.sub(r"`[^`]*`", "", turkish)
    assert not {"the", "of", "is", "and", "not", "reads", "nothing"} & set(re.findall(r"\w+", outside_code))
    assert translate_evidence(phrase, "en") == phrase


@pytest.mark.parametrize(
    ("shows", "turkish"),
    [
        ("reads `x`; assigns `y`", "`x` okunuyor; `y` atanıyor"),
        ("`exec('a; b')` runs code that is not in the source", "`exec('a; b')`: çalıştırılan kod kaynakta yok"),
        ("`if x`", "`if x`"),
        ("`if x`, and `y` is not used because of it", "`if x`, ama `y` buna bağlı olarak kullanılmıyor"),
        ("the sun was shining", "the sun was shining"),
        ("the sun was shining, and nothing reads what it decides",) * 2,
        ("", ""),
    ],
)
def test_parts_are_translated_and_what_nobody_knows_is_repeated(shows: str, turkish: str) -> None:
    assert translate_evidence(shows, "tr") == turkish
