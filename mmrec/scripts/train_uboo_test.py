"""Train with and without UBÖO from the same seeds and compare the runs.

Run it as `python -m mmrec.scripts.train_uboo_test`; results go to stdout and to `benchmark_results.json`.
"""

from __future__ import annotations

import sys

from mmrec.scripts.results import run_script

if __name__ == "__main__":
    sys.exit(run_script("Train with and without UBÖO from the same seeds and compare the runs.", ["uboo"]))
