"""How long does `detect` take beside `grep -rE` for the same names over the same tree?

Both run in turns, in one run. The tree is copied from the Python sources of the installed packages until it has the
asked number of lines, and one small package with the mechanism is put into it, so that both have something to find.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from interleaved import Program, median_seconds, report

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool.detect import detect
from doctool.terms.mechanism import Question

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


def build_tree(root: Path, lines: int) -> None:
    """Copy installed sources until there are enough lines."""
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


def programs_for(root: Path) -> dict[str, Program]:
    """Return what is timed; a wrong answer ends the run."""
    grep = ["grep", "-rE", "--include=*.py", "|".join(_NAMES), str(root / "tree")]

    def ours() -> None:
        found = detect(root, "tree", _QUESTIONS).detections
        assert [one.status.value for one in found.values()] == ["wired", "declared"], found

    return {"detect": ours, "grep": lambda: subprocess.run(grep, stdout=subprocess.DEVNULL, check=True)}


def main() -> None:
    """Print the ratio, with the seconds behind it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of source in the tree")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds of each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        build_tree(root / "tree", options.lines)
        seconds = median_seconds(programs_for(root), options.rounds)
    size = f"{options.lines / 1e6:g}M-lines"
    ratios = {f"detect/grep/{size}": seconds["detect"] / seconds["grep"]}
    report(ratios, seconds, as_json=options.json)


if __name__ == "__main__":
    main()
