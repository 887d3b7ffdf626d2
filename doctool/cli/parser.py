"""What can be typed: commands, arguments, help. It does nothing; each command names the function that does."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from doctool import __version__
from doctool.cli.output import tell_text

_EPILOG = """exit codes:
  0 done, nothing found      1 failed                   2 wrong usage
  3 doctool.yaml             4 a document               5 a record
  6 the measured code        7 git                      8 a file changed meanwhile
  9 another program         70 an internal error
  130 interrupted
  check: 10 malformed, 11 edited, 12 orphaned, 13 stale-code, 14 stale-template,
         15 unmeasured, 16 unbacked, 17 mislabelled; the gravest one found
  refresh: the same, for what it left
  check --release: 20 missing-hardware, 21 dirty-tree, 22 quick, 23 too-old,
         24 inconclusive, 25 unsigned; if nothing above is found
"""


class _Parser(argparse.ArgumentParser):
    """Prints what is wrong with an argument as everything is printed: it may come from anywhere."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Say why, if there is a reason, and end."""
        if message:
            tell_text(message.rstrip("\n"))
        sys.exit(status)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="doctool",
        description="Keep performance documents true: detect, measure, render, commit.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"doctool {__version__}")
    parser.add_argument(
        "-C", "--project", type=Path, default=Path(), metavar="DIR", help="work in the project that DIR is in"
    )
    parser.add_argument("--debug", action="store_true", help="show where in doctool an error came from")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_refresh,
        _add_check,
        _add_detect,
        _add_measure,
        _add_explain,
        _add_history,
        _add_diff,
        _add_claims,
        _add_verify,
        _add_gc,
        _add_report,
        _add_selftest,
        _add_init,
        _add_hook,
        _add_schema,
    ):
        add(commands)
    return parser


def _command(commands: Any, name: str, help_text: str, description: str = "") -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text, description=description or help_text)
    parser.set_defaults(run=_later(name))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _later(name: str) -> Callable[[argparse.Namespace], int]:
    """Import a command's module only when it runs, so that no command pays for another."""

    def run(options: argparse.Namespace) -> int:
        module = importlib.import_module(f"doctool.cli.{name}")
        code: int = module.run(options)
        return code

    return run


def _add_documents(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOC", help="documents")
    parser.add_argument("--all", action="store_true", help="every document that doctool.yaml lists")


def _add_effort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--budget", type=duration, metavar="TIME", help="time for everything, as 90s, 15m or 2h")
    parser.add_argument(
        "--quick", action="store_true", help="run fewer processes, for 5m at most; report bounds, make no claims"
    )
    parser.add_argument(
        "--busy",
        action="store_true",
        help="measure even on a busy machine: no waiting, nothing left out, results called inconclusive",
    )
    parser.add_argument("--force", action="store_true", help="measure again even what is current")
    parser.add_argument("--sign", action="store_true", help="sign the new records with the SSH key that git signs with")
    parser.add_argument(
        "--accept-failures",
        action="store_true",
        help="where the measured code crashes, hangs or gives NaN, record 'not measured' with the reason",
    )


def _add_refresh(commands: Any) -> None:
    parser = _command(
        commands,
        "refresh",
        "measure what is missing or stale, fill the documents, commit",
        "Measures what is missing or stale for this machine, writes it into the documents and commits them with their "
        "records. Run it again, and it does nothing.",
    )
    _add_documents(parser)
    _add_effort(parser)
    parser.add_argument(
        "--records", nargs="+", type=Path, default=[], metavar="FILE", help="show records measured elsewhere"
    )
    parser.add_argument(
        "--rehost", action="store_true", help="let this machine's figures replace those of a GPU it does not have"
    )
    parser.add_argument(
        "--replace-estimates", action="store_true", help="also replace values their authors marked as estimates"
    )
    parser.add_argument(
        "--release",
        action="store_true",
        help="measure again what may not be released (quick, too old, from an uncommitted tree), then say what is left",
    )
    parser.add_argument("--dry-run", action="store_true", help="measure and write nothing; show what would happen")
    parser.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 whatever is left open, stale or edited in the documents"
    )
    parser.add_argument("--no-commit", action="store_true", help="write, but do not commit")
    parser.add_argument("-m", "--message", help="subject of the commit")
    parser.add_argument("--signoff", action="store_true", help="add a Signed-off-by trailer")


def _add_check(commands: Any) -> None:
    parser = _command(commands, "check", "find what is no longer true; run nothing, write nothing")
    _add_documents(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="check what is staged for the next commit, not the files")
    what.add_argument("--push", action="store_true", help="check the release tags a pre-push hook is told of")
    parser.add_argument(
        "--release",
        action="store_true",
        help="also refuse what is quick, too old, inconclusive or from an uncommitted tree; without DOC, in every one",
    )
    parser.add_argument("--diff", action="store_true", help="show what refresh would change without measuring")
    parser.add_argument("--format", choices=["text", "json", "github"], default="text", help="how findings are printed")


def _add_detect(commands: Any) -> None:
    parser = _command(commands, "detect", "say which mechanisms the source really has; import nothing")
    parser.add_argument("mechanisms", nargs="*", metavar="MECH", help="mechanisms of doctool.yaml; all by default")
    parser.add_argument(
        "--probe", action="store_true", help="also run the wired ones to see whether they change anything"
    )
    parser.add_argument("--explain", action="store_true", help="print the evidence with its source lines")
    parser.add_argument("--all", action="store_true", help="list every switch of the package with its status")
    parser.add_argument("--package", type=Path, metavar="PATH", help="ask about any package, without doctool.yaml")
    parser.add_argument("--toggle", action="append", default=[], metavar="NAME", help="its constructor parameter")
    parser.add_argument("--symbol", action="append", default=[], metavar="NAME", help="a name that only it uses")
    parser.add_argument("--owner", metavar="NAME", help="the class, module or path that must use it")


def _add_measure(commands: Any) -> None:
    parser = _command(commands, "measure", "measure mechanisms and keep the records; write no document")
    parser.add_argument("mechanisms", nargs="*", metavar="MECH", help="mechanisms of doctool.yaml; all by default")
    parser.add_argument("--workload", action="append", default=[], metavar="NAME", help="only under this workload")
    _add_effort(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="also write the record to FILE; for one mechanism and workload",
    )


def _add_explain(commands: Any) -> None:
    parser = _command(commands, "explain", "follow the figures on a line back to what was measured")
    parser.add_argument("place", metavar="DOC:LINE", help="a document and a line in it")


def _add_history(commands: Any) -> None:
    parser = _command(
        commands,
        "history",
        "show a figure over the commits that recorded it",
        "Reads the records of all commits. Figures of machines that are not comparable get separate tables.",
    )
    parser.add_argument("mechanism", metavar="MECH", help="mechanism")
    parser.add_argument("metric", metavar="METRIC", help="for example block_latency, peak_memory or throughput")
    parser.add_argument("--workload", action="append", default=[], metavar="NAME", help="only under this workload")


def _add_diff(commands: Any) -> None:
    parser = _command(
        commands,
        "diff",
        "say what changed between two releases, cell by cell",
        "Compares the records that the documents of two commits or tags show, from their raw samples. Records of "
        "machines that are not comparable are refused.",
    )
    parser.add_argument("span", metavar="OLD..NEW", help="two commits or tags; without NEW, the one checked out")


def _add_claims(commands: Any) -> None:
    parser = _command(commands, "claims", "list numbers with a performance unit that no record backs")
    _add_documents(parser)


def _add_verify(commands: Any) -> None:
    parser = _command(commands, "verify", "recompute records from their raw samples")
    parser.add_argument("records", nargs="+", type=Path, metavar="RECORD", help="record files, or directories of them")
    parser.add_argument("--signed", action="store_true", help="also require a signature by one of `release: signers:`")
    parser.add_argument("--signers", type=Path, metavar="FILE", help="read who may sign from FILE instead")


def _add_gc(commands: Any) -> None:
    parser = _command(
        commands,
        "gc",
        "find records that nothing needs any more",
        "Lists the records that no document shows, that a later one or a change of the code has made useless, and that "
        "a commit keeps. Without --delete nothing is removed.",
    )
    parser.add_argument("--delete", action="store_true", help="remove their files; commit the removal yourself")


def _add_report(commands: Any) -> None:
    parser = _command(
        commands,
        "report",
        "show everything that was measured on one page, or what a change changes",
        "Writes one HTML page that needs no network: mechanisms and evidence, cells, raw samples, curves, machines and "
        "history. With --format markdown it prints what changed against another commit, for the summary of a job.",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="where the page goes; without it, .doctool")
    parser.add_argument("--format", choices=["html", "markdown"], default="html", help="what is made")
    parser.add_argument("--base", metavar="COMMIT", help="for markdown: what to compare with")
    parser.add_argument("--language", choices=["tr", "en"], help="of the page; that of the first document without it")


def _add_selftest(commands: Any) -> None:
    parser = _command(
        commands,
        "selftest",
        "try the measurement on this machine, on work whose true difference is known",
        "Compares an arm with itself and with one that does 5 % more work, as every mechanism is compared, then under "
        "faults that mislead careless measurements. Exit code 1 if a verdict was wrong, 30 if there was none.",
    )
    parser.add_argument("--sessions", type=count_from_one, default=3, metavar="N", help="sessions without a fault (3)")
    parser.add_argument("--faults", type=count, default=1, metavar="N", help="sessions under each fault (1)")
    parser.add_argument("--loaded", action="store_true", help="run a neighbour process that comes and goes")
    parser.add_argument("--budget", type=duration, default=90.0, metavar="TIME", help="time for each session (90s)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="also write all raw samples to FILE")
    parser.add_argument("--record", action="store_true", help="keep the answers as a record that a document can show")


def _add_init(commands: Any) -> None:
    parser = _command(commands, "init", "propose a doctool.yaml from what the repository holds")
    parser.add_argument("--force", action="store_true", help="overwrite an existing doctool.yaml")


def _add_hook(commands: Any) -> None:
    parser = _command(
        commands,
        "hook",
        "install, remove or show the git hook that checks what is committed",
        "The hook checks what is staged, or with pre-push the release tags that are pushed; it measures and writes "
        "nothing. An existing hook is run first, and restored on uninstall.",
    )
    parser.add_argument("action", choices=["install", "uninstall", "status"], help="what to do")
    parser.add_argument("--type", choices=["pre-commit", "pre-push"], default="pre-commit", help="which hook")


def _add_schema(commands: Any) -> None:
    parser = _command(commands, "schema", "print the JSON Schema of doctool.yaml or of records")
    parser.add_argument("kind", choices=["config", "record"], help="which")


def count(text: str) -> int:
    """Read a whole number, 0 or more.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def count_from_one(text: str) -> int:
    """Read a whole number of at least 1; errors as in `count`."""
    if count(text) < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return int(text)


def duration(text: str) -> float:
    """Read `90s`, `15m`, `2h` or a number of seconds.

    Raises:
        argparse.ArgumentTypeError: If it is none of these, or not positive.
    """
    factor = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:], 0.0)
    try:
        seconds = float(text[:-1]) * factor if factor else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration; write 90s, 15m or 2h")
    return seconds
