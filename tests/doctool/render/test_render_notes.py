"""Notes in Turkish: every sentence that doctool writes into a record, taken from the code that writes it."""

from pathlib import Path

import pytest

import doctool
from doctool.project.config import Workload
from doctool.render.notes import translate_note
from doctool.sampling.memory import describe_shrinking

LARGE = Workload(build="a:b", tokens=(4, 64))
SMALL = Workload(build="a:b", tokens=(2, 64))

NOTES = [
    describe_shrinking(LARGE, SMALL),
    "90 steps instead of 200, to fit 340 s",
    "no submodule is called 'norm', so it was not timed",
    "2 earlier replicates do not count: they had another size or environment",
    "hem is launch-bound: enqueueing its kernels takes as long as running them",
    "hem is launch-bound: enqueueing its kernels takes as long as running them, and it cannot be recorded as a CUDA graph",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_is_turkish_in_a_turkish_page(note):
    turkish = translate_note(note, "tr")
    assert turkish != note
    assert not {"the", "with", "not", "instead", "measured"} & set(turkish.split())
    assert translate_note(note, "en") == note


def test_the_sentences_are_those_of_the_code():
    """The literals above are what the measuring code writes today."""
    root = Path(doctool.__file__).parent
    code = "".join(
        path.read_text(encoding="utf-8") for name in ("sampling", "training") for path in (root / name).glob("*.py")
    )
    for words in (
        "so it was not timed",
        "steps instead of",
        "earlier replicates do not count",
        "is launch-bound: enqueueing",
    ):
        assert words in code


def test_what_nobody_knows_is_repeated():
    assert translate_note("the sun was shining", "tr") == "the sun was shining"
