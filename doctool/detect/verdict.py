"""Turn what following the toggles showed into a status with its evidence."""

from __future__ import annotations

from collections.abc import Iterable

from doctool.detect.analysis import Finding, follow_all, is_wired, missing_symbols
from doctool.detect.events import Gate, Occurrence, evidence_at
from doctool.detect.mentions import Mentions, find_mentions
from doctool.detect.ownership import Owner, find_owner, owner_spans
from doctool.detect.source import SourceTree, word_pattern
from doctool.terms.mechanism import Detection, Evidence, Question, Status

_MOST_EVIDENCE = 12
_MOST_GATES = 6


def answer(tree: SourceTree, question: Question) -> Detection:
    """Answer one question about one package.

    Raises:
        errors.UsageError: The package has no such owner.
    """
    owner = find_owner(tree, question.owner)
    names = [*question.toggles, *question.symbols]
    # argparse makes `use_hem` of `--use-hem`.
    files = tree.with_any([*names, *(one.replace("_", "-") for one in names)])
    if not files:
        return Detection(status=Status.ABSENT)
    toggles = word_pattern(question.toggles)
    found: list[Finding] = []
    if any(toggles.search(one.data) for one in files if not one.is_test):
        found = follow_all(tree, question, owner, [one for one in files if not one.is_test])
    if found and is_wired(found, question):
        return Detection(status=Status.WIRED, evidence=_path(found, question))
    return _lower(found, find_mentions(files, names), question, owner)


def _lower(found: list[Finding], mentions: Mentions, question: Question, owner: Owner) -> Detection:
    puzzles = [one for finding in found if _is_open(finding, question) for one in finding.puzzles]
    if puzzles and (mentions.code or mentions.keys):
        places = _unique([*puzzles, *_nearest_first(mentions.code or mentions.keys, owner)])
        return Detection(status=Status.UNKNOWN, evidence=places[:_MOST_EVIDENCE])
    if mentions.code:
        reasons = [*_dropped(found, question)]
        places = _unique([*reasons, *_nearest_first(mentions.code, owner)])
        return Detection(status=Status.DECLARED, evidence=tuple(sorted(places, key=_place))[:_MOST_EVIDENCE])
    if mentions.words or mentions.tests:
        return Detection(status=Status.MENTIONED, evidence=(mentions.words or mentions.tests)[:_MOST_EVIDENCE])
    return Detection(status=Status.ABSENT)


def _is_open(finding: Finding, question: Question) -> bool:
    """Whether something undecided could still change the answer."""
    return not finding.decides or any(name not in finding.proofs for name in question.symbols)


def _dropped(found: list[Finding], question: Question) -> Iterable[Evidence]:
    """Say where the way of a toggle ends."""
    for finding in found:
        yield from finding.dead
        for gate in finding.idle:
            step = gate.evidence
            yield Evidence(file=step.file, line=step.line, shows=f"{step.shows}, and nothing reads what it decides")
        for name in missing_symbols(found, question):
            for gate in list(finding.gates.values())[:1]:
                step = gate.evidence
                yield Evidence(
                    file=step.file, line=step.line, shows=f"{step.shows}, and `{name}` is not used because of it"
                )


def _nearest_first(places: tuple[Evidence, ...], owner: Owner) -> list[Evidence]:
    """The places inside the owner, or all places if there are none inside."""
    spans = owner_spans(owner)
    own = [one for one in places if any(one.line in lines for file, lines in spans if file == one.file)]
    return own or list(places)


def _path(found: list[Finding], question: Question) -> tuple[Evidence, ...]:
    """The way through the code: where the toggle comes in, what it decides, and the symbols in use."""
    steps: list[Evidence] = []
    for finding in found:
        proofs = [one for name in question.symbols for one in finding.proofs.get(name, ())]
        for gate in _telling(finding, proofs):
            steps.extend([*gate.chain, gate.evidence])
        for name in question.symbols:
            steps.extend(_symbol_steps(finding, name))
    return _unique(steps)


def _telling(finding: Finding, proofs: list[Occurrence]) -> list[Gate]:
    gates = list(finding.gates.items())
    if proofs:
        keys = {key for one in proofs for key in one.gates}
        gates = [(key, gate) for key, gate in gates if key in keys] or gates
    return sorted((gate for _, gate in gates), key=_telling_order)[:_MOST_GATES]


def _telling_order(gate: Gate) -> tuple[int, str, int]:
    return (len(gate.chain), gate.evidence.file, gate.evidence.line)


def _symbol_steps(finding: Finding, name: str) -> list[Evidence]:
    """Every place that assigns the symbol because of the toggle, and every place that uses it, once per line."""
    proofs = finding.proofs.get(name, ())
    if any(one.stores for one in proofs):
        proofs = (*proofs, *finding.uses.get(name, ()))
    steps = [
        evidence_at(one.task.function.module, one.node, f"assigns `{name}`" if one.stores else f"uses `{name}`")
        for one in sorted(proofs, key=lambda one: not one.stores)
    ]
    return sorted(_unique(steps), key=_place)[:_MOST_GATES]


def _unique(steps: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """One piece of evidence per line, which tells the first two things seen there."""
    seen: dict[tuple[str, int], list[str]] = {}
    for one in steps:
        told = seen.setdefault(_place(one), [])
        if one.shows not in told and len(told) < 2:
            told.append(one.shows)
    return tuple(Evidence(file=file, line=line, shows="; ".join(told)) for (file, line), told in seen.items())


def _place(one: Evidence) -> tuple[str, int]:
    return (one.file, one.line)
