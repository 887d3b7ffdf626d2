"""A small project's words."""

import pytest

from doctool.project.config import Aliases
from doctool.vocabulary import Vocabulary, build_vocabulary


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return _make()


@pytest.fixture(scope="session")
def make_vocabulary():
    return _make


def _make(placeholders: tuple[str, ...] = (), *, baseline: bool = True, ignore: tuple[str, ...] = ()) -> Vocabulary:
    return build_vocabulary(
        {**({"baseline": ()} if baseline else {}), "hem": ("use_hem",), "dpg": ("use_dpg",), "uboo": ("use_uboo",)},
        {"baseline": ("prefill-small", "prefill-medium"), "hem": ("decode", "prefill-small"), "dpg": ("decode",)},
        Aliases(
            mechanisms={"uboo": ("UBÖO",), "baseline": ("Temel Model",)},
            workloads={"decode": ("Decoding", "Tek Token Çözümleme"), "prefill-small": ("Küçük Yapılandırma",)},
        ),
        placeholders,
        ignore=ignore,
    )
