"""Turn what following the toggles showed into a status with its evidence. No status is a default but `unknown`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from doctool.detect.definitions import Class, Function, Module
from doctool.detect.evidence import DECISIONS, Note, as_evidence, note_at
from doctool.detect.inference import refs_of
from doctool.detect.members import reads_of
from doctool.detect.mentions import Mentions, find_mentions
from doctool.detect.origins import Origins
from doctool.detect.owner import Owner, find_owner
from doctool.detect.program import Program
from doctool.detect.search import Place, Search
from doctool.detect.symbols import Causes, Occurrences, is_store
from doctool.detect.table import STEPS
from doctool.terms.mechanism import Detection, Evidence, Question, Status

_MOST_PLACES = 5
_OF_BAGS = {"outside", "unknown-callee", "computed-key"}
_MOST_OF_A_SYMBOL = 3
_NO_TRACE = {Status.ABSENT, Status.MENTIONED}


class Finding(msgspec.Struct, kw_only=True):
    """What following one toggle showed.

    Args:
        toggle: Its name; empty for a mechanism without one.
        search: The search.
        origins: How many places it comes in at.
        proofs: By symbol, how the toggle reaches a use of it.
    """

    toggle: str
    search: Search
    origins: int
    proofs: dict[str, tuple[Place, list[Note]]]

    @property
    def decides(self) -> bool:
        """Whether something that runs makes use of the toggle."""
        return bool(self.search.proofs)


def answer(program: Program, question: Question) -> Detection:
    """Answer one question about one package.

    Raises:
        errors.UsageError: The package has no such owner.
    """
    owner = find_owner(program, question.owner)
    names = [*question.toggles, *question.symbols]
    # argparse makes `use_hem` of `--use-hem`.
    files = sorted(program.tree.with_any([*names, *(name.replace("_", "-") for name in names)]), key=owner.distance)
    if not files:
        return _unless_trimmed(owner, question, Detection(status=Status.ABSENT))
    symbols = [Occurrences(owner, symbol) for symbol in question.symbols]
    found = [follow(owner, toggle, symbols) for toggle in question.toggles]
    if not question.toggles:
        return _of_symbols(symbols, find_mentions(program, files, names))
    missing = [one for one in symbols if not any(one.symbol in finding.proofs for finding in found)]
    if all(one.decides for one in found) and not missing:
        return Detection(status=Status.WIRED, evidence=_shortened(as_evidence(_way(found, question))))
    started = [one for one in found if one.origins]
    puzzles = [note for one in found if missing or not one.decides for note in one.search.puzzles]
    puzzles += [note for one in missing for note in one.puzzles]
    if puzzles and (started or owner.name is None):
        return _unknown(found, puzzles)
    refused = [file for file in files if file.unreadable is not None and not file.is_test]
    if refused:
        return _unknown(found, [Note(kind="lost", names=(names[0],), file=one.file, line=1) for one in refused])
    lower = _lower(found, missing, find_mentions(program, files, names), puzzles)
    return _unless_trimmed(owner, question, lower) if lower.status in _NO_TRACE else lower


def _unless_trimmed(owner: Owner, question: Question, otherwise: Detection) -> Detection:
    """Callers may spell a name that the package makes itself: `attn_fast`, of which it cuts off `attn_`."""
    for toggle in question.toggles:
        for cut in (at for at, letter in enumerate(toggle) if letter == "_" and 0 < at < len(toggle) - 1):
            prefix, rest = toggle[:cut], toggle[cut + 1 :]
            if any(isinstance(one, ast.arg) for _, one in _named(owner, rest)):
                cuts = [
                    (module, one)
                    for word in (f"{prefix}_", prefix)
                    for module, one in _named(owner, word)
                    if isinstance(one, ast.Constant)
                ]
                if cuts:
                    note = note_at(*cuts[0], "computed-key")
                    return Detection(status=Status.UNKNOWN, evidence=as_evidence([note]))
    return otherwise


def _named(owner: Owner, word: str) -> Iterator[tuple[Module, ast.AST]]:
    return ((module, one) for module in owner.modules_with(word) for one in module.index.named.get(word, ()))


def follow(owner: Owner, toggle: str, symbols: Sequence[Occurrences]) -> Finding:
    """Follow a toggle until it is proved, and each symbol that can be."""
    search = Search(owner, STEPS)
    origins = Origins(search, toggle)
    causes = Causes(search, origins.statements)
    proofs: dict[str, tuple[Place, list[Note]]] = {}

    for _ in origins.start():
        count = -1
        while len(search.proofs) > count and not (search.proofs and len(proofs) == len(symbols)):
            count = len(search.proofs)
            search.run(lambda known=count: len(search.proofs) > known)  # type: ignore[misc]
            for one in symbols if search.proofs else ():
                proof = None if one.symbol in proofs else _proof(causes, one)
                if proof is not None:
                    proofs[one.symbol] = proof
        if search.proofs and len(proofs) == len(symbols):
            break
    if owner.program.is_exhausted:
        search.puzzles.append(Note(kind="gave-up", file=owner.program.tree.files[0].file, line=1))
    return Finding(toggle=toggle, search=search, origins=origins.count, proofs=proofs)


def _proof(causes: Causes, symbol: Occurrences) -> tuple[Place, list[Note]] | None:
    """How the toggle reaches the symbol, and where that is used; if it only decides what is assigned, also a use."""
    for module, node in symbol.places():
        place = causes.of(module, node)
        if place is not None and symbol.is_used(module, node):
            notes = [symbol.note(module, node)]
            loads = (one for one in symbol.places() if not is_store(*one)) if is_store(module, node) else iter(())
            return place, notes + [
                symbol.note(*one) for one in islice(filter(lambda one: symbol.is_used(*one), loads), 1)
            ]
    return None


def _of_symbols(symbols: Sequence[Occurrences], mentions: Mentions) -> Detection:
    """A mechanism without a toggle: it is there, and used."""
    notes: list[Note] = []
    puzzles: list[Note] = []
    for symbol in symbols:
        used = list(islice((place for place in symbol.places() if symbol.is_used(*place)), _MOST_OF_A_SYMBOL))
        notes += [symbol.note(*place) for place in sorted(used, key=lambda place: not is_store(*place))]
        puzzles += symbol.puzzles if not used else []
        if not used and not puzzles:
            return _mentioned(mentions, ())
    if puzzles:
        return Detection(status=Status.UNKNOWN, evidence=as_evidence(puzzles[:_MOST_PLACES]))
    return Detection(status=Status.WIRED, evidence=as_evidence(notes[:_MOST_PLACES]))


def _unknown(found: list[Finding], puzzles: list[Note]) -> Detection:
    starts = [note for one in found for source, note in one.search.came.values() if source is None and note is not None]
    return Detection(status=Status.UNKNOWN, evidence=as_evidence(_unique([*starts[:2], *puzzles])[:_MOST_PLACES]))


def _lower(found: list[Finding], missing: list[Occurrences], mentions: Mentions, puzzles: list[Note]) -> Detection:
    """Everything was explained, or nothing of the owner's bears the name."""
    owner = found[0].search.owner
    puzzles = [puzzle for puzzle in puzzles if puzzle.kind == "gave-up" or (puzzle.kind in _OF_BAGS and mentions.given)]
    if puzzles:
        return _unknown(found, puzzles)
    ends = [note for one in found for note in one.search.ends]
    for one in found if missing else ():
        gates = [note for _, note in one.search.came.values() if note is not None and note.kind in DECISIONS]
        ends += [replace(gates[0], kind="apart", names=(each.symbol,)) for each in missing if gates]
    if any(one.origins for one in found):
        way = [note for one in found for _, note in one.search.came.values() if note is not None]
        return Detection(status=Status.DECLARED, evidence=as_evidence(_unique([*way, *ends])[:_MOST_PLACES]))
    if owner.name is None and mentions.code:
        return Detection(status=Status.DECLARED, evidence=as_evidence([*mentions.code][:_MOST_PLACES]))
    within = [note for one in found for note in _reads_of_strangers(owner, one.toggle)]
    if within:
        return _unknown(found, within)
    # What stands elsewhere declares nothing of the owner's.
    own = {one.file for one in owner.files or ()}
    code = tuple(one for one in mentions.code if one.file in own or owner.name is None)
    elsewhere = [one for one in mentions.code if one not in code]
    return _mentioned(Mentions(code=code, words=(*elsewhere, *mentions.words), tests=mentions.tests), ends)


def _reads_of_strangers(owner: Owner, toggle: str) -> Iterator[Note]:
    """Where the owner reads the name of an object of which nothing tells what it is: it may be what carries it."""
    for module in owner.modules:
        for node, receiver in reads_of(owner.program, module, toggle):
            if _is_within(owner, module, node) and not refs_of(owner.program, module, receiver):
                yield note_at(module, node, "other-object")


def _is_within(owner: Owner, module: Module, node: ast.expr) -> bool:
    own: list[Class | Function] = [*owner.lineage, *owner.functions]
    return any(
        each.module is module and each.node.lineno <= node.lineno <= (each.node.end_lineno or node.lineno)
        for each in own
    )


def _mentioned(mentions: Mentions, ends: Iterable[Note]) -> Detection:
    if mentions.code:
        status = Status.DECLARED if mentions.declares else Status.MENTIONED
        return Detection(status=status, evidence=as_evidence(_unique([*ends, *mentions.code])[:_MOST_PLACES]))
    if mentions.words or mentions.tests:
        return Detection(
            status=Status.MENTIONED, evidence=as_evidence([*(mentions.words or mentions.tests)][:_MOST_PLACES])
        )
    return Detection(status=Status.ABSENT)


def _shortened(way: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Where a long way starts, and where it ends in a decision."""
    return way if len(way) <= _MOST_PLACES else (*way[:2], *way[2 - _MOST_PLACES :])


def _unique(notes: Iterable[Note]) -> list[Note]:
    return list(dict.fromkeys(notes))


def _way(found: list[Finding], question: Question) -> list[Note]:
    """The way through the code: where the toggle comes in, what it decides, and the symbols in use."""
    notes: list[Note] = []
    for one in found:
        proofs = [one.proofs[name] for name in question.symbols if name in one.proofs]
        ways = [_until_decided(one.search.way_to(place)) for place, _ in proofs]
        if not any(note.kind in DECISIONS for way in ways for note in way):
            ways.append(_until_decided(one.search.way_to(one.search.proofs[0])))
        notes += [note for way in ways for note in way]
        notes += [note for _, own in proofs for note in own]
    return _unique(notes)


def _until_decided(notes: list[Note]) -> list[Note]:
    for number, one in enumerate(notes):
        if one.kind in DECISIONS:
            return notes[: number + 1]
    return notes
