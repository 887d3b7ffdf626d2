"""Notes are facts; each has its sentence in both languages, with every slot that it is given."""

import msgspec
import pytest

from doctool.project.config import Workload
from doctool.sampling.memory import describe_shrinking
from doctool.terms.notes import Note, NoteKind, distinct, note, write_note
from doctool.terms.sentences import WORDS

SLOTS = {
    NoteKind.FEWER_STEPS: {"steps": 90, "asked": 200, "seconds": 340},
    NoteKind.NO_SUBMODULE: {"name": "'norm'"},
    NoteKind.DROPPED: {"count": 2},
    NoteKind.LAUNCH_BOUND: {"arm": "hem"},
    NoteKind.NO_GRAPH: {"arm": "hem"},
    NoteKind.BUSY: {"spoilt": 3, "blocks": 7},
    NoteKind.APART: {"percent": 8},
    NoteKind.SMALLER: {"large": "tokens [4, 64]", "small": "tokens [2, 64]"},
}


@pytest.mark.parametrize("kind", NoteKind)
def test_a_note_says_all_its_slots_in_both_languages(kind):
    said = {language: write_note(note(kind, **SLOTS[kind]), language) for language in ("tr", "en")}
    assert said["tr"] != said["en"]
    for sentence in said.values():
        assert all(str(value) in sentence for value in SLOTS[kind].values())
    assert not {"the", "with", "not", "instead", "measured"} & set(said["tr"].split())


def test_the_sentences_are_those_of_the_kinds():
    assert {key.removeprefix("note-") for key in WORDS if key.startswith("note-")} == {kind.value for kind in NoteKind}


def test_what_memory_was_too_short_for_is_said():
    large, small = (Workload(build="a:b", tokens=(batch, 64)) for batch in (4, 2))
    assert write_note(describe_shrinking(large, small), "en").startswith("out of memory with tokens [4, 64]; measured")


def test_a_sentence_of_an_earlier_record_stays_as_it_is():
    assert write_note("the sun was shining", "tr") == "the sun was shining"


def test_each_note_is_kept_once_in_the_order_of_its_first_mention():
    first, second = (note(NoteKind.DROPPED, count=count) for count in (1, 2))
    assert distinct([first, second, first]) == (first, second)


def test_a_note_whose_sentence_cannot_be_made_is_refused_where_it_is_read() -> None:
    for slots in ({}, {"spoilt": "1"}, {"spoilt": "1", "blocks": "2", "more": "3"}):
        with pytest.raises(msgspec.ValidationError, match="busy"):
            msgspec.convert({"kind": "busy", "slots": slots}, Note)
