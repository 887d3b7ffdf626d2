"""What came out, a line for each mechanism: never more than its corrected verdict says, never without its interval."""

from __future__ import annotations

import math

from doctool.document.address import CHANGE, Address
from doctool.records import Comparison, Verdict
from doctool.render.cells import Writer
from doctool.render.effects import Effect, Subject, effects_of, subjects_of
from doctool.render.numbers import word_of, write_why
from doctool.terms.sentences import say
from doctool.terms.units import Language, decimals_for, format_percent


def write_summary(writer: Writer) -> tuple[str, ...]:
    """Write one sentence for each mechanism that the region names."""
    return tuple(_write_subject(writer, subject) for subject in subjects_of(writer))


def _write_subject(writer: Writer, subject: Subject) -> str:
    language = writer.language
    for _, record in subject.records:
        # Also of one that holds nothing to be told: the region rests on it.
        writer.use(record)
    clauses = [
        say(
            "sum-clause",
            language,
            noun=writer.trace.vouch(say(f"sum-{key}", language)),
            items=_write_items(writer, effects, is_sole=len(subject.records) == 1),
        )
        for key, effects in effects_of(writer, subject)
    ]
    refused = [(label, record) for label, record in subject.records if record.refusal is not None]
    for label, record in refused:
        why = write_why(record.refusal.reason if record.refusal else "", language)
        told = writer.print_fact(record, "refusal", say("sum-nothing", language, why=why), record.status.value)
        clauses.append(told if len(refused) == len(subject.records) == 1 else _at(writer, label, told))
    if not subject.records:
        clauses.append(writer.trace.vouch(say("no-record", language)))
    section = writer.facts.section_of(subject.name)
    name = f"[{subject.label}]({section})" if section else subject.label
    # For labels nobody vouches but their author.
    return say("sum-line", language, mechanism=f"**{name}**", what="; ".join(dict.fromkeys(clauses)))


def _write_items(writer: Writer, effects: tuple[Effect, ...], *, is_sole: bool) -> str:
    """Write the effects on one quantity; where all of them read the same, once."""
    texts = [write_effect(effect.comparison, effect, writer.language) for effect in effects]
    told = [_print(writer, effect, text) for effect, text in zip(effects, texts, strict=True)]
    if is_sole or len(set(texts)) == 1:
        return told[0]
    return ", ".join(_at(writer, effect.workload, text) for effect, text in zip(effects, told, strict=True))


def _at(writer: Writer, workload: str, text: str) -> str:
    return say("sum-item", writer.language, workload=workload, what=text)


def _print(writer: Writer, effect: Effect, text: str) -> str:
    if effect.comparison is None:
        writer.use(effect.record)
        return writer.trace.vouch(text)
    address = Address(metric=effect.key, arm=CHANGE)
    return writer.print_number(effect.record, address, effect.comparison.change, "1", text)


def write_effect(comparison: Comparison | None, effect: Effect, language: Language) -> str:
    """Write an effect in words, as its verdict allows, in the digits that its cell has."""
    if comparison is None:
        return say("sum-not-measured", language)
    if comparison.deterministic and comparison.change == 0:
        return say("sum-no-difference-exact", language)
    is_claim = effect.is_claim
    # A claim says its direction in a word, and so needs no sign.
    turn = -1.0 if is_claim and effect.share(comparison.change) < 0 else 1.0
    share, one, other = (turn * effect.share(change) for change in (comparison.change, comparison.low, comparison.high))
    size, low, high = write_shares(share, min(one, other), max(one, other), language, is_signed=not is_claim)
    word = say(word_of(comparison.verdict, effect.metric), language) if is_claim else ""
    if comparison.deterministic:
        return say("sum-claim-exact", language, size=size, word=word) if is_claim else size
    if is_claim:
        return say("sum-claim", language, size=size, word=word, low=low, high=high)
    if comparison.verdict is Verdict.NO_DIFFERENCE:
        bound = format_percent(math.ceil(comparison.margin * 1000 - 1e-9) / 1000, 1, language)
        return say("sum-no-difference", language, bound=bound)
    return say("sum-open", language, low=low, high=high)


def write_shares(share: float, low: float, high: float, language: Language, *, is_signed: bool) -> tuple[str, str, str]:
    """Write a share and the ends of its interval, with two digits of its half-width."""
    half_width = float(f"{max(high - share, share - low) * 100:.6g}")
    decimals = min(2, max(1, decimals_for(half_width, share * 100))) if half_width else 1
    size, first, last = (format_percent(value, decimals, language, signed=is_signed) for value in (share, low, high))
    return size, first, last
