"""Every sentence exists in both languages and asks for the same things."""

from __future__ import annotations

import re
import string

import pytest

from doctool.records import Verdict
from doctool.terms.mechanism import Status
from doctool.terms.sentences import WORDS, say, say_count

REASONS = ["crashed", "hung", "nan", "out-of-memory", "no-gpu", "host-busy", "not-installed", "not-equal"]


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_fill_the_same_slots(key: str) -> None:
    words = WORDS[key]
    assert set(words) == {"tr", "en"}
    assert slots(words["tr"]) == slots(words["en"])
    assert all(text.strip() == text and text for text in words.values())


def test_no_sentence_was_left_untranslated() -> None:
    same = {words["en"] for words in WORDS.values() if words["tr"] == words["en"]}
    # What holds only slots has nothing to translate.
    worded = {text for text in same if re.search(r"[a-z]", re.sub(r"\{\w+\}", "", text), re.IGNORECASE)}
    assert worded == {"commit {commit}"}


@pytest.mark.parametrize("reason", [status.value for status in Status if status is not Status.EFFECTIVE] + REASONS)
def test_every_reason_not_to_measure_has_words(reason: str) -> None:
    assert f"why-{reason}" in WORDS


def test_every_verdict_that_claims_has_a_word() -> None:
    claims = {Verdict.FASTER, Verdict.SLOWER, Verdict.LESS, Verdict.MORE}
    assert all(verdict.value in WORDS for verdict in claims)


def test_counted_nouns_agree_with_their_number() -> None:
    assert say_count("cores", 1, "1", "en") == "1 core"
    assert say_count("cores", 2, "2", "en") == "2 cores"
    assert say_count("processes", 8, "8", "tr") == "8 yeni süreç"


def test_a_slot_that_is_not_given_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("driver", "en")
