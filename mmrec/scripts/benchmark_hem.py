"""Compare HEM with the six separate projections, in three regimes.

Run it as `python -m mmrec.scripts.benchmark_hem`; results go to stdout and to `benchmark_results.json`.
"""

from __future__ import annotations

import sys

from mmrec.scripts.results import run_script

if __name__ == "__main__":
    sys.exit(run_script("Compare HEM with the six separate projections, in three regimes.", ["hem"]))
