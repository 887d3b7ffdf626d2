"""Entry points of the child processes."""

from __future__ import annotations

from doctool.sampling.messages import Timing, Weighing
from doctool.sampling.peak import weigh
from doctool.sampling.replicate import measure_replicate
from doctool.workload.channel import serve


def time_arms() -> None:
    """Serve one `Timing`."""
    serve(Timing, measure_replicate)


def weigh_arm() -> None:
    """Serve one `Weighing`."""
    serve(Weighing, weigh)
