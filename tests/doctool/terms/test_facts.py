"""What is seen in source code and by a probe, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import msgspec
import pytest

import doctool
from doctool.terms.facts import SENTENCES, Fact, fact, write_facts

NAMES = ("self.use_hem", "Block.__init__", "third")
WITH_WORDS = sorted(kind for kind, (_, english) in SENTENCES.items() if re.sub(r"[`{}0-9 ]", "", english))


def example(kind: str) -> Fact:
    return fact(kind, *NAMES[: len({*re.findall(r"\{\d\}", SENTENCES[kind][1])})])


@pytest.mark.parametrize("kind", WITH_WORDS)
def test_every_fact_is_turkish_on_a_turkish_page_and_names_the_same(kind: str) -> None:
    turkish, english = (write_facts([example(kind)], language) for language in ("tr", "en"))
    assert turkish != english
    assert not {"the", "of", "is", "and", "not", "reads", "nothing"} & {
        *re.findall(r"\w+", re.sub("`[^`]*`", "", turkish))
    }
    for name in NAMES:
        assert (name in turkish) == (name in english)


def test_every_kind_of_fact_is_seen_somewhere_and_no_other_is() -> None:
    """Each kind stands as a string, or as the end of one, in the code that finds it."""
    parts = {
        node.value
        for package in ("detect", "probe")
        for path in (Path(doctool.__file__).parent / package).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    starts, ends = ("output", "training", "kernels", "training-kernels"), {each for each in parts if each[:1] == "-"}
    assert {*SENTENCES} <= parts | {start + end for start in starts for end in ends}


def test_names_are_shown_as_they_are() -> None:
    assert (
        write_facts([fact("read", "x{0}{y}"), fact("kept", "a")], "tr") == "`x{0}{y}` okunuyor; `a` olarak saklanıyor"
    )


@pytest.mark.parametrize("data", [{"kind": "miracle"}, {"kind": "read"}, {"kind": "read", "names": ["a", "b"]}])
def test_a_fact_that_has_no_sentence_is_refused_where_it_is_read(data: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match="kind"):
        msgspec.convert(data, Fact)
