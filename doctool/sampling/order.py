"""Who is visited when: mirrored blocks, balanced over a session, decided by the request's key alone."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

_SEEDS = 2**31


def seed_of(key: str, replicate: int) -> int:
    """Return the seed of a replicate; the same for the same request, so that a run can be carried on.

    Args:
        key: Of the request.
        replicate: Its number, from 0.
    """
    digest = hashlib.sha256(f"{key}/{replicate}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS


def orders_of(key: str, arms: Sequence[str], first_block: int, blocks: int) -> tuple[tuple[str, ...], ...]:
    """Return the order of visits of each block.

    Every block is a random order of the arms followed by its mirror image, which linear drift cannot tell from any
    other. Blocks 2n and 2n + 1 begin with opposite orders, so that no arm is on the outside more often.

    Args:
        key: Of the request.
        arms: Their names.
        first_block: Number of the first block within the session, from 0.
        blocks: How many.
    """
    orders = []
    for number in range(first_block, first_block + blocks):
        half = build_order_of(f"{key}/blocks/{number // 2}", arms)
        if number % 2:
            half = half[::-1]
        orders.append((*half, *half[::-1]))
    return tuple(orders)


def build_order_of(key: str, arms: Sequence[str]) -> tuple[str, ...]:
    """Return the arms in an order that only the key decides."""
    shuffled = sorted(arms)
    random.Random(key).shuffle(shuffled)  # noqa: S311  no secret
    return tuple(shuffled)


def spoilt_orders(arms: Sequence[str], first: str, blocks: int) -> tuple[tuple[str, ...], ...]:
    """Return blocks in which one arm always comes first and nothing is mirrored: the fault control of `selftest`."""
    order = (first, *(arm for arm in sorted(arms) if arm != first))
    return (order * 2,) * blocks
