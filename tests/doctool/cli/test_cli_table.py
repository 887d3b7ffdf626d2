"""The terminal and the pages write the same figure of the same estimate."""

import pytest

from doctool.cli.table import write_estimate
from doctool.records import Estimate
from doctool.render import numbers


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(value=0.18e-3, low=0.09e-3, high=0.32e-3),
        Estimate(value=0.18e-3, low=0.01e-3, high=0.20e-3),
        Estimate(value=0.18e-3, low=0.18e-3, high=0.18e-3, deterministic=True),
    ],
)
def test_an_uneven_interval_is_as_wide_in_the_terminal_as_on_a_page(estimate):
    assert write_estimate(estimate, "forward_latency") == numbers.write_estimate(estimate, "ms", "en")
