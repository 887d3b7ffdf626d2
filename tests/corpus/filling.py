"""Fills the pages of the corpus from forged records.

    python -m tests.corpus.filling

writes the golden pages again, after a change that is meant; read the difference before it is committed.
"""

import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from doctool import document
from doctool.check.checker import Checker
from doctool.plan.needs import every_setup, needs_of_mechanism
from doctool.plan.pages import read_page
from doctool.plan.selection import Wishes, select
from doctool.plan.targets import Targets
from doctool.project import find_project
from doctool.refresh.filling import fill_page
from tests.forged import MACHINE, forge

PAGES = Path(__file__).parent / "pages"
FILLED = Path(__file__).parent / "filled"
NAMES = sorted(path.stem for path in PAGES.glob("*.md"))
STARTED = datetime(2026, 11, 23, 6, 19, 24, tzinfo=UTC)
SETTINGS = """\
package: tiny
workloads:
  decode: {build: "tiny.model:Net", tokens: [1, 1], blocks: "blocks.*"}
  prefill: {build: "tiny.model:Net", tokens: [2, 64], blocks: "blocks.*", layers: ["blocks.*"]}
  vision: {build: "tiny.model:Net", features: [8, 32]}
mechanisms:
  baseline: {measure: [prefill, decode, vision]}
  fast: {toggle: use_fast, compare: [prefill, decode]}
  bias: {toggle: bias, compare: [vision]}
documents:
"""
MODEL = '''\
class Net:
    """A model with two mechanisms."""

    def __init__(self, use_fast=False, bias=True):
        self.step = self.fused if use_fast else self.plain
        self.offset = 1 if bias else 0
'''
# What the forged samples show: on / off of the times, seconds of off, bytes of off and on.
SHOWN = {
    ("baseline", "prefill"): (1.0, 0.010, (52_000_000, 52_000_000)),
    ("baseline", "decode"): (1.0, 0.002, (31_000_000, 31_000_000)),
    ("baseline", "vision"): (1.0, 0.004, (12_000_000, 12_000_000)),
    ("fast", "prefill"): (0.433, 0.011, (52_000_000, 48_000_000)),
    ("fast", "decode"): (0.8, 0.0021, (31_000_000, 31_000_000)),
    ("bias", "vision"): (1.25, 0.0041, (12_000_000, 12_500_000)),
}


class Corpus:
    """A project with every page of the corpus and a record of everything that can be measured."""

    def __init__(self, root: Path) -> None:
        pages = {f"docs/{name}.md": "tr" if name.startswith("tr-") else "en" for name in NAMES}
        listed = "".join(f"  {page}: {{language: {language}}}\n" for page, language in pages.items())
        for name, text in (("doctool.yaml", SETTINGS + listed), ("tiny/__init__.py", ""), ("tiny/model.py", MODEL)):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (root / "docs").mkdir()
        for name in NAMES:
            (root / "docs" / f"{name}.md").write_bytes((PAGES / f"{name}.md").read_bytes())
        for number, ((mechanism, workload), (ratio, off_s, peaks)) in enumerate(SHOWN.items()):
            record = forge(
                root, mechanism, workload, ratio=ratio, off_s=off_s, peaks=peaks, started=STARTED, seed=number + 1
            )
            find_project(root).records.save(record)
        self.project = find_project(root)
        self.targets = Targets(self.project, dict.fromkeys(every_setup(self.project.config), MACHINE))
        self.checker = Checker(self.project)
        needed = {(need.mechanism, need.workload) for name in ("fast", "bias", "baseline") for need in self.needs(name)}
        assert needed == set(SHOWN)

    def needs(self, name):
        return needs_of_mechanism(self.project.config, name)

    def fill(self, name: str) -> bytes:
        """Return the page as a refresh would leave it."""
        page = read_page(self.project, f"docs/{name}.md")
        return fill_page(self.project, page, select(self.project, page, self.targets, Wishes())).data

    def findings(self, name: str, data: bytes) -> list:
        """Return what `check` says of the page."""
        return list(self.checker.check(f"docs/{name}.md", data))

    def golden(self, name: str) -> str:
        """Return the filled page and what is said of it, without what changes with every change of the rules."""
        data = self.fill(name)
        said = "".join(f"{finding}\n" for finding in self.findings(name, data))
        text = data.decode() + "\n=== what check says ===\n" + said
        for record in self.project.records:
            text = text.replace(record.id, f"{record.mechanism}-{record.workload}")
        return re.sub(r"( record=\S+).*? -->", r"\1 -->", text)

    def parse(self, name: str, data: bytes):
        return document.parse(data, f"docs/{name}.md", self.project.vocabulary)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        corpus = Corpus(Path(directory))
        FILLED.mkdir(exist_ok=True)
        for page in NAMES:
            try:
                (FILLED / f"{page}.md").write_text(corpus.golden(page), "utf-8")
            except Exception as problem:
                sys.stderr.write(f"{page}: {problem!r}\n")
                raise
