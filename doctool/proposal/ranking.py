"""Which models are proposed: those that documents and examples speak of, and whole ones before parts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from doctool.proposal.code import Repository, is_definition
from doctool.proposal.entries import Entry, Switch
from doctool.proposal.naming import shorten
from doctool.proposal.pages import Pages

_MOST_NAMED, _MOST_OTHERS, _MOST_LEFT = 8, 3, 3
_MODEL_NAMES = ("LM", "Model", "Net", "Transformer", "Network")
_DOCUMENT = (".md", ".markdown")


class Ranked(msgspec.Struct, frozen=True, eq=False):
    """An entry, with what speaks for it.

    Args:
        entry: The entry.
        is_named: A document with open numbers names it, and it is no part of another.
        is_root: Nothing else in the repository is built from it.
        is_shown: The documents show how it is used.
    """

    entry: Entry
    is_named: bool
    is_root: bool
    is_shown: bool


def rank_entries(
    repository: Repository, entries: Iterable[Entry], pages: Pages, switches: Mapping[int, Sequence[Switch]]
) -> list[Ranked]:
    """The entries, the likeliest first."""
    used = _used_within(repository)
    ranked = [_judge(entry, used, pages) for entry in entries]

    def worth(one: Ranked) -> tuple[int, ...]:
        definition = one.entry.definition
        module = definition.module.name.rpartition(".")[2]
        return (
            one.is_named,
            one.is_root,
            one.entry.is_runnable,
            one.is_shown,
            -one.entry.order if one.is_shown else 0,
            not definition.is_class,
            definition.name.endswith(_MODEL_NAMES) or module in {"model", "models"},
            bool(switches[id(one.entry)]),
            one.entry.example,
            # Of factories the first, of classes the longest.
            (definition.node.end_lineno or 0) - definition.node.lineno
            if definition.is_class
            else -definition.node.lineno,
        )

    return sorted(ranked, key=worth, reverse=True)


def _judge(entry: Entry, used: set[ast.AST], pages: Pages) -> Ranked:
    name = entry.definition.name
    is_root = entry.definition.node not in used and not name.startswith("_")
    return Ranked(
        entry,
        is_named=is_root and any(page.names(name) for page in pages.found),
        is_root=is_root,
        is_shown=entry.source.partition(":")[0].lower().endswith(_DOCUMENT),
    )


def _used_within(repository: Repository) -> set[ast.AST]:
    """The classes that other classes of the repository are built from."""
    used: set[ast.AST] = set()
    for definition in repository.definitions():
        if not repository.is_model(definition):
            continue
        for method in definition.node.body:
            for node in ast.walk(method):
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found = repository.resolve(definition.module, node)
                    if is_definition(found) and found is not definition:
                        used.add(found.node)
    return used


def choose_entries(ranked: Sequence[Ranked], switches: Mapping[int, Sequence[Switch]], pages: Pages) -> list[Entry]:
    """What documents ask for: models by name, and whatever takes their switches; without that, the likeliest."""
    runnable = [one for one in ranked if one.entry.is_runnable]
    chosen = [one.entry for one in runnable if one.is_named][:_MOST_NAMED]
    for one in runnable:
        asked = {switch.name for switch in switches[id(one.entry)] if is_spoken_of(switch.name, pages)}
        if asked - _known(chosen, switches) and len(chosen) < _MOST_NAMED:
            chosen.append(one.entry)
    return chosen or _likeliest(ranked, switches)


def _likeliest(ranked: Sequence[Ranked], switches: Mapping[int, Sequence[Switch]]) -> list[Entry]:
    """The first model that can be run, with a few more that have other switches."""
    runnable = [one for one in ranked if one.entry.is_runnable]
    # A part of a model is not what anybody wants to see measured, unless there is nothing else.
    whole = [one for one in runnable if one.is_root or one.is_shown] or (
        runnable if not any(one.is_root for one in ranked) else []
    )
    # Where documents show models, one that they do not show and whose sizes are guessed is none that matters.
    if any(one.is_shown for one in ranked):
        whole = [one for one in whole if one.is_shown or one.entry.example or not one.entry.guessed]
    chosen = [one.entry for one in whole[:1]]
    for one in whole[1:]:
        new = {switch.name for switch in switches[id(one.entry)]} - _known(chosen, switches)
        if new and not one.entry.guessed and len(chosen) <= _MOST_OTHERS:
            chosen.append(one.entry)
    return chosen


def _known(chosen: Sequence[Entry], switches: Mapping[int, Sequence[Switch]]) -> set[str]:
    return {switch.name for one in chosen for switch in switches[id(one)]}


def entries_left(ranked: Sequence[Ranked], chosen: Sequence[Entry]) -> tuple[Entry, ...]:
    """What documents or examples show and cannot be run as it is; without anything to run, the likeliest."""
    models: dict[ast.AST, Entry] = {}
    for one in ranked:
        is_wanted = one.is_named or (one.is_root and (one.is_shown or not chosen))
        if is_wanted and not one.entry.is_runnable:
            models.setdefault(one.entry.model.node, one.entry)
    return tuple(models.values())[:_MOST_LEFT]


def is_spoken_of(toggle: str, pages: Pages) -> bool:
    """Whether a document with open numbers speaks of a switch, or of the mechanism that it would become."""
    return any(page.speaks_of(toggle) or page.speaks_of(shorten(toggle)) for page in pages.found)
