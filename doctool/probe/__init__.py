"""Settle by running what source cannot tell: does a mechanism make a difference?

`probe` belongs to the parent. `child`, `trial` and `compare` run in the child process.
"""

from __future__ import annotations

from doctool.probe.parent import ProbeLimits, ProbeResult, probe

__all__ = ["ProbeLimits", "ProbeResult", "probe"]
