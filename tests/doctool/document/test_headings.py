"""Which mechanism a heading names, where the name of one is part of the name of another."""

from __future__ import annotations

import pytest

from doctool.vocabulary import build_vocabulary

VOCABULARY = build_vocabulary({"conv_bias": ("conv_bias",), "bias": ("bias",), "qk_norm": ("use_qk_norm",)}, {})


@pytest.mark.parametrize(
    ("heading", "named"),
    [
        ("conv_bias", ("conv_bias",)),
        ("`conv_bias`", ("conv_bias",)),
        ("2.1 Convolution bias (conv_bias)", ("conv_bias",)),
        ("Conv bias", ("conv_bias",)),
        ("Bias", ("bias",)),
        ("Bias of the head", ("bias",)),
        ("conv_bias and bias", ("conv_bias", "bias")),
        ("bias, conv_bias", ("conv_bias", "bias")),
        ("QK-norm (use_qk_norm)", ("qk_norm",)),
        ("Biased", ()),
    ],
)
def test_a_name_within_a_longer_one_is_not_named(heading: str, named: tuple[str, ...]) -> None:
    assert VOCABULARY.named_in(heading, "mechanism") == named


def test_names_that_share_a_word_are_all_meant_by_it() -> None:
    words = build_vocabulary({"a": ("fast",), "b": ("fast",)}, {})
    assert words.named_in("The fast path", "mechanism") == ("a", "b")
