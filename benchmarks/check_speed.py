"""How long does `doctool check` take beside `cog --check` over the same pages?

Both are run as their users run them, as processes, in turns, in one run. Each page has 200 lines of ordinary Markdown
and one region: doctool's shows a real record of this repository, cog's prints the same table from code in the page.
Both have to find every page true, or the run fails. Times are CPU seconds, user and system, of the whole process.

cog is a yardstick, not a bar: it compares text with text, where doctool also asks whether the code has changed.
`check/itself` shows that the time grows with the number of pages and no faster.

Neither program is charged for how this repository is installed for development: both run as from a wheel, without the
`.pth` files that Python would read at its start.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from doctool import document
from doctool.plan import Need
from doctool.plan.targets import Targets
from doctool.project import find_project
from doctool.records.store import read_record
from doctool.render.pages import fill_document
from doctool.statistics import PROTOCOL

ROOT = Path(__file__).resolve().parents[1]
_PYTHON = (sys.executable, "-S")
_SETTINGS = """package: measured
mechanisms:
  fast: {toggle: use_fast, symbols: [shortcut], owner: Net, compare: [step]}
workloads:
  step: {build: "measured:Net", features: [4, 32]}
"""
_MODEL = """from torch.nn import Linear, Module


class Net(Module):
    def __init__(self, use_fast=False):
        super().__init__()
        self.shortcut = Linear(32, 32) if use_fast else None

    def forward(self, x):
        return self.shortcut(x) if self.shortcut is not None else x
"""
_REGION = """<!-- doctool:begin fast
mechanism: fast
workload: step
rows: {Forward latency: forward_latency, Throughput: throughput, Peak memory: peak_memory}
columns: {"Off": "off", "On": "on", Change: change}
-->

<!-- doctool:end fast -->
"""
_FILLING = (
    "## Section {0} of the guide",
    "",
    "Install version 1.{0}.2 of the package, then read [the notes](https://example.org/notes/{0}) on `option_{0}`.",
    "The second paragraph has *emphasis*, a list, and an image ![alt](img/{0}.png), released on 2024-05-{1:02}.",
    "",
    "- item {0}: set `--level {1}` in the file",
    "- [x] done, see #{0}",
    "",
    "| Option | Default | Meaning |",
    "| --- | --- | --- |",
    "| `alpha_{0}` | {1} | how many parts there are |",
    "| `beta_{0}` | none | which part comes first |",
    "",
    "```python",
    "value = compute(alpha={0}, beta=None)",
    "```",
    "",
)


def filling(number: int, lines: int) -> str:
    """Return ordinary Markdown of so many lines, different for each page."""
    rows = [row.format(number + index, index % 28 + 1) for index in range(lines) for row in _FILLING]
    return "\n".join(rows[:lines]) + "\n"


def make_project(root: Path) -> str:
    """Make a project with one record, and return the text of a region that shows it."""
    (root / "measured.py").write_text(_MODEL, encoding="utf-8")
    (root / "doctool.yaml").write_text(_SETTINGS, encoding="utf-8")
    project = find_project(root)
    target = Targets(project, {}).of(Need(mechanism="fast", workload="step"))
    files = sorted((ROOT / "docs" / "measurements").glob("hem-prefill-small-*.json"))
    real = read_record(files[0])
    record = msgspec.structs.replace(
        real,
        mechanism="fast",
        workload="step",
        settings=dict(target.settings),
        protocol=PROTOCOL,
        source=msgspec.structs.replace(real.source, digest=target.digest),
    )
    project.records.save(record)
    parsed = document.parse(_REGION.encode(), "page.md", project.vocabulary)
    rendered = fill_document(project, parsed, {"fast": (record,)})["fast"]
    new = document.Replacement(text=rendered.text, records=rendered.records, template=rendered.template)
    return document.splice(parsed, {"fast": new}).decode()


def write_pages(root: Path, count: int, region: str) -> list[str]:
    """Write pages of 200 lines around the region, and return their names; a page without one has the same lines."""
    folder = root / f"pages-{count}-{len(region)}"
    folder.mkdir(exist_ok=True)
    wanted = 200 - region.count("\n")
    for number in range(count):
        text = filling(number, wanted)
        half = text.find("\n\n", len(text) // 2) + 2
        (folder / f"{number}.md").write_text(text[:half] + region + text[half:], encoding="utf-8")
    return [f"{folder.name}/{number}.md" for number in range(count)]


def cogs_region(ours: str) -> str:
    """Return a region of cog's that prints what ours shows."""
    shown = ours.partition("-->\n")[2].partition("<!-- doctool:end")[0]
    code = "\n".join(f"cog.outl({row!r})" for row in shown.strip("\n").split("\n"))
    return f"<!-- [[[cog\nimport cog\n{code}\n]]] -->\n{shown.strip(chr(10))}\n<!-- [[[end]]] -->\n"


def cpu_seconds(argv: Sequence[str], root: Path) -> float:
    """Run a process that has to succeed, and return the CPU seconds it used."""
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        words = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{argv[:6]} exited {process.returncode}: {words.decode()[-500:]}")
    return usage.ru_utime + usage.ru_stime


def ours(names: Iterable[str]) -> list[str]:
    """Return the command of doctool."""
    return [*_PYTHON, "-m", "doctool", "check", *names]


def theirs(names: Iterable[str], root: Path) -> list[str]:
    """Return the command of cog, which takes many names from a file."""
    listed = list(names)
    names_file = root / f"names-{len(listed)}.txt"
    names_file.write_text("\n".join(listed) + "\n", encoding="utf-8")
    return [*_PYTHON, "-m", "cogapp", "--check", "--verbosity=0", f"@{names_file.name}"]


def compare(commands: Mapping[str, Sequence[str]], root: Path, rounds: int) -> dict[str, float]:
    """Return the median CPU seconds of each command, run in turns after one turn that warms the file cache."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, argv in commands.items():
            seconds = cpu_seconds(argv, root)
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def measure(root: Path, rounds: int, pages: int, most: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the ratios, and the seconds behind them."""
    region = make_project(root)
    cog = cogs_region(region)
    ratios: dict[str, float] = {}
    seconds: dict[str, float] = {}
    sizes = {"1-page": (1, region, cog, 4 * rounds), f"{pages}-pages": (pages, region, cog, rounds)}
    sizes[f"{pages}-pages-without-marker"] = (pages, "", "", rounds)
    for label, (count, our_region, their_region, times) in sizes.items():
        names = write_pages(root, count, our_region)
        commands = {"doctool": ours(names), "cog": theirs(write_pages(root, count, their_region), root)}
        found = compare(commands, root, times)
        ratios[f"check/cog/{label}"] = found["doctool"] / found["cog"]
        seconds |= {f"{name}/{label}": value for name, value in found.items()}
    few, many = (ours(write_pages(root, count, region)) for count in (most // 10, most))
    found = compare({"few": few, "many": many}, root, 2)
    ratios[f"check/itself/{most}-pages-over-10-times-{most // 10}"] = found["many"] / (10 * found["few"])
    seconds |= {f"doctool/{most}-pages": found["many"], f"doctool/{most // 10}-pages": found["few"]}
    own = {"doctool/our-own-pages": [*_PYTHON, "-m", "doctool", "check", "--all"]}
    seconds |= compare(own, ROOT, rounds)
    return ratios, seconds


def main() -> None:
    """Print the ratios, with the seconds behind them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds of each command")
    parser.add_argument("--pages", type=int, default=1000, help="pages beside cog")
    parser.add_argument("--most", type=int, default=5_000, help="pages of the largest run of doctool alone")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), sysconfig.get_path("purelib")))
    # Installed programs are compiled; so must ours be, whatever this shell says.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as directory:
        ratios, seconds = measure(Path(directory), options.rounds, options.pages, options.most)
    if options.json:
        print(json.dumps({"ratios": ratios, "meaning": "CPU time, > 1 = ours is slower", "cpu_seconds": seconds}))
        return
    for label, ratio in ratios.items():
        print(f"{label}: {ratio:.2f}")
    for label, value in seconds.items():
        print(f"  {label}: {value:.2f} s of CPU time")


if __name__ == "__main__":
    main()
