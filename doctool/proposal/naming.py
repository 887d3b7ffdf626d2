"""Names for workloads and mechanisms, no two of which a reader of headings could mistake for each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doctool.project.config import BASELINE
from doctool.proposal.entries import Entry
from doctool.vocabulary import normalise

_PREFIXES = ("use_", "enable_", "with_", "has_", "is_")


def name_workloads(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Give each workload a name: that of its model, where there are several."""
    if len(entries) == 1:
        return {"main": entries[0]}
    names: dict[str, Entry] = {}
    for entry in entries:
        name = entry.definition.name
        _add(names, [name, f"{entry.definition.module.name.replace('.', '_')}_{name}"], entry)
    return names


def _add(names: dict[str, Entry], choices: Iterable[str], entry: Entry) -> None:
    known = {normalise(name) for name in names}
    base = ""
    for name in choices:
        base = name
        if normalise(name) not in known:
            names[name] = entry
            return
    number = next(one for one in range(2, 1000) if normalise(f"{base}_{one}") not in known)
    names[f"{base}_{number}"] = entry


def mechanism_names(toggles: Sequence[str]) -> list[str]:
    """Return a name for the mechanism of each toggle; no two can be mistaken for each other, in a heading either."""
    shortened = [normalise(shorten(one)) for one in toggles]
    whole = [normalise(one) for one in toggles]
    names: list[str] = []
    taken: set[str] = {BASELINE}
    for number, toggle in enumerate(toggles):
        is_alone = (
            shortened.count(shortened[number]) == 1 and shortened[number] not in whole[:number] + whole[number + 1 :]
        )
        choices = [shorten(toggle)] if is_alone else []
        choices += [toggle, *(f"{toggle}_{count}" for count in range(2, len(toggles) + 3))]
        name = next(choice for choice in choices if normalise(choice) and normalise(choice) not in taken)
        taken.add(normalise(name))
        names.append(name)
    return names


def shorten(toggle: str) -> str:
    """Return what a toggle is about: `hem` of `use_hem`."""
    for prefix in _PREFIXES:
        if toggle.startswith(prefix) and len(toggle) > len(prefix) and normalise(toggle[len(prefix) :]):
            return toggle[len(prefix) :]
    return toggle
