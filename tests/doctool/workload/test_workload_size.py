from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from doctool.probe.parent import MOST_PLACES, cut_down
from doctool.project.config import Workload
from doctool.workload import describe_size, shrink

SIZES = st.lists(st.integers(1, 5000), min_size=1, max_size=4).map(tuple)


def test_the_batch_is_halved_before_the_length():
    workload = Workload(build="a:b", tokens=(3, 8))
    seen = []
    while workload is not None:
        seen.append(workload.tokens)
        workload = shrink(workload)
    assert seen == [(3, 8), (1, 8), (1, 4), (1, 2), (1, 1)]


def test_the_width_of_features_stays():
    workload = Workload(build="a:b", features=(2, 2, 7))
    sizes = []
    while (workload := shrink(workload)) is not None:
        sizes.append(workload.features)
    assert sizes == [(1, 2, 7), (1, 1, 7)]
    assert shrink(Workload(build="a:b", features=(64,))) is None


def test_of_images_only_the_batch_is_cut():
    """Behind it come the channels; and a model may take images of one size only."""
    image = Workload(build="a:b", features=(2, 3, 224, 224))
    assert shrink(image).features == (1, 3, 224, 224)
    assert shrink(shrink(image)) is None
    assert cut_down(image).features == (2, 3, 224, 224)
    assert cut_down(Workload(build="a:b", features=(1024, 3, 8, 8))).features == (512, 3, 8, 8)


def test_a_size_reads_as_its_shape():
    assert describe_size(Workload(build="a:b", tokens=(2, 512))) == "tokens [2, 512]"
    assert describe_size(Workload(build="a:b", features=(4, 3))) == "features [4, 3]"


@given(SIZES)
def test_shrinking_ends_and_never_grows(shape):
    workload = Workload(build="a:b", tokens=shape)
    steps = 0
    while (smaller := shrink(workload)) is not None:
        assert math.prod(smaller.tokens) < math.prod(workload.tokens)
        workload, steps = smaller, steps + 1
    assert steps <= 30


@given(SIZES)
def test_a_probe_is_small_and_changes_no_more_than_it_must(shape):
    small = cut_down(Workload(build="a:b", tokens=shape)).tokens
    assert all(1 <= new <= old for new, old in zip(small, shape, strict=True))
    if math.prod(shape) <= MOST_PLACES:
        assert small == shape
    if len(shape) <= 2:
        assert math.prod(small) <= MOST_PLACES


def test_a_probe_gives_up_rows_before_length_and_never_width():
    assert cut_down(Workload(build="a:b", tokens=(64, 256))).tokens == (2, 256)
    assert cut_down(Workload(build="a:b", features=(64, 256, 4096))).features == (2, 256, 4096)
