from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from doctool.sampling.order import build_order_of, orders_of, seed_of, spoilt_orders

ARMS = st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=2, max_size=5, unique=True)
KEYS = st.text(max_size=8)


@given(KEYS, ARMS, st.integers(0, 9), st.integers(1, 8))
def test_every_block_reads_the_same_backwards_and_visits_every_arm_twice(key, arms, first, blocks):
    orders = orders_of(key, arms, first, blocks)
    assert len(orders) == blocks
    for order in orders:
        assert order == order[::-1]
        assert Counter(order) == dict.fromkeys(arms, 2)


@given(KEYS, ARMS, st.integers(0, 9))
def test_no_arm_is_outside_more_often_over_two_blocks(key, arms, pair):
    first, second = orders_of(key, arms, 2 * pair, 2)
    assert second[: len(arms)] == first[: len(arms)][::-1]


@given(KEYS, ARMS, st.integers(0, 6), st.integers(1, 6))
def test_a_session_cut_into_replicates_has_the_orders_of_one_that_is_not(key, arms, cut, rest):
    assert orders_of(key, arms, 0, cut + rest) == orders_of(key, arms, 0, cut) + orders_of(key, arms, cut, rest)


def test_every_order_of_two_arms_comes_first_about_equally_often():
    firsts = Counter(orders_of(f"key{number}", ("off", "on"), 0, 1)[0][0] for number in range(200))
    assert 60 < firsts["off"] < 140


@given(KEYS, ARMS)
def test_the_order_of_building_depends_on_the_key_alone(key, arms):
    assert build_order_of(key, arms) == build_order_of(key, arms[::-1])
    assert sorted(build_order_of(key, arms)) == sorted(arms)


def test_seeds_differ_between_replicates_and_not_between_runs():
    assert len({seed_of("k", number) for number in range(16)}) == 16
    assert seed_of("k", 3) == seed_of("k", 3) != seed_of("other", 3)


def test_the_fault_control_always_begins_with_the_same_arm():
    assert spoilt_orders(("on", "off", "null"), "off", 2) == (("off", "null", "on", "off", "null", "on"),) * 2
