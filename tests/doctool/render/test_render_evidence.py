"""Evidence in Turkish: every phrase that the detector has, taken from its source text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import doctool.detect
from doctool.detect.evidence import SENTENCES
from doctool.render.evidence_words import translate_evidence

WITH_WORDS = sorted(kind for kind, sentence in SENTENCES.items() if re.sub(r"[`{}0-9 ]", "", sentence))


@pytest.mark.parametrize("kind", WITH_WORDS)
def test_every_fact_of_the_detector_is_turkish_in_a_turkish_page(kind: str) -> None:
    phrase = SENTENCES[kind].format("self.use_hem", "Block.__init__")
    turkish = translate_evidence(phrase, "tr")
    assert turkish != phrase
    outside_code = re.sub(r"`[^`]*`", "", turkish)
    assert not {"the", "of", "is", "and", "not", "reads", "nothing"} & set(re.findall(r"\w+", outside_code))
    assert all(
        name in turkish
        for name, slot in (("self.use_hem", "{0}"), ("Block.__init__", "{1}"))
        if slot in SENTENCES[kind]
    )
    assert translate_evidence(phrase, "en") == phrase
    assert translate_evidence(f"{phrase}; {phrase}", "tr") == f"{turkish}; {turkish}"


def test_the_detector_says_every_kind_of_fact_and_no_other() -> None:
    """Each kind stands as a string in the code that finds it."""
    said = {
        node.value
        for path in Path(doctool.detect.__file__).parent.glob("*.py")
        if path.name != "evidence.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(SENTENCES) <= said


@pytest.mark.parametrize(
    ("shows", "turkish"),
    [
        ("reads `x`; assigns `y`", "`x` okunuyor; `y` atanıyor"),
        ("handed to Block", "Block çağrısına veriliyor"),
        ("compares with 'a'", "'a' ile karşılaştırılıyor"),
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
