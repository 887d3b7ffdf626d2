"""How long does `detect` take beside `grep -rE` for the same names over the same tree?

Both run in turns, in one run. The tree is copied from the Python sources of the installed packages until it has the
asked number of lines, and one small package with the mechanism is put into it, so that both have something to find.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool.detect import detect
from doctool.mechanism import Question

_NAMES = ("use_hem", "W_fused", "use_dpg", "W_gamma_down")
_QUESTIONS = {
    "hem": Question(toggles=("use_hem",), symbols=("W_fused",), owner="MeasuredBlock"),
    "dpg": Question(toggles=("use_dpg",), symbols=("W_gamma_down",), owner="MeasuredBlock"),
}
_BLOCK = """class MeasuredBlock(Module):
    def __init__(self, d, use_hem=False, use_dpg=False):
        self.W_fused = Linear(d, d) if use_hem else Identity()
        self.W_gamma_down = Linear(d, d)
    def forward(self, x):
        return self.W_fused(x)
"""


def build_tree(root: Path, lines: int) -> int:
    """Copy installed sources until there are enough lines; return how many there are."""
    count = 0
    installed = Path(sysconfig.get_paths()["purelib"])
    while count < lines:
        start = count
        for path in sorted(installed.rglob("*.py")):
            data = path.read_bytes()
            target = root / f"from{start}" / path.relative_to(installed).as_posix().replace("/", "_")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            count += data.count(b"\n")
            if count >= lines:
                break
    (root / "mechanism.py").write_text(_BLOCK, encoding="utf-8")
    return count


def measure(root: Path, rounds: int) -> tuple[float, float]:
    """Median seconds of `detect` and of `grep`, taken in turns after one round each to warm the file cache."""
    ours, theirs = [], []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        found = detect(root, "tree", _QUESTIONS).detections
        middle = time.perf_counter()
        grep = ["grep", "-rE", "--include=*.py", "|".join(_NAMES), str(root / "tree")]
        subprocess.run(grep, stdout=subprocess.DEVNULL, check=True)
        theirs.append(time.perf_counter() - middle)
        ours.append(middle - start)
        assert [one.status.value for one in found.values()] == ["wired", "declared"]
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


def main() -> None:
    """Print the ratio, with the seconds behind it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of source in the tree")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds of each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        lines = build_tree(root / "tree", options.lines)
        ours, theirs = measure(root, options.rounds)
    size = f"{options.lines / 1e6:g}M-lines"
    result = {
        "ratios": {f"detect/grep/{size}": ours / theirs},
        "meaning": "> 1 = ours is slower",
        "seconds": {"detect": ours, "grep": theirs},
        "lines": lines,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(f"detect {ours:.2f} s, grep {theirs:.2f} s, ratio {ours / theirs:.1f} over {lines:,} lines")


if __name__ == "__main__":
    main()
