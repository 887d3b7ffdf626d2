"""Measure the baseline: latency, throughput and peak memory of the small and medium configuration.

Run it as `python -m mmrec.scripts.real_benchmark`; results go to stdout and to `benchmark_results.json`.
"""

from __future__ import annotations

import sys

from mmrec.scripts.results import run_script

if __name__ == "__main__":
    sys.exit(
        run_script(
            "Measure the baseline: latency, throughput and peak memory of the small and medium configuration.",
            ["baseline"],
        )
    )
