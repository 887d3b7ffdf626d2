"""Write a proposal as the text of a `doctool.yaml`, with what could not be told as comments at the place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from doctool.project.config import BASELINE, Target
from doctool.proposal.choosing import Mechanism, Proposal
from doctool.proposal.entries import Entry
from doctool.proposal.examples import Given
from doctool.proposal.pages import Page, Pages
from doctool.vocabulary import normalise

GUIDE = "the guide own-repository.md of doctool"
_YAML_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_MOST_LISTED = 8
# Abbreviations that are not the beginning of their word.
_SHORT_FOR = {"attn": "attention", "ckpt": "checkpoint"}


def write_config(proposal: Proposal, pages: Pages) -> str:
    """Return the text of a `doctool.yaml`, ready to edit."""
    lines = [
        "# What doctool looks for, what it measures, and where the numbers go.",
        "# `doctool schema config` prints everything that may stand here.",
        f"package: {scalar(proposal.package)}"
        + ("" if proposal.has_models else "  # no torch.nn module was found in it"),
        *(f"# Also found: {_line(other)}" for other in proposal.others[:_MOST_LISTED]),
        *(f"# The time was up: {_line(one)}; more may be found by hand." for one in proposal.cut_short[:_MOST_LISTED]),
        "",
        *_documents(pages),
        "",
        *_workloads(proposal),
        "",
        *_mechanisms(proposal),
        *_aliases(proposal, pages.found),
    ]
    return "\n".join(lines) + "\n"


def _documents(pages: Pages) -> Iterator[str]:
    yield "# Documents whose placeholder tables doctool fills; `language` is tr or en."
    if pages.unread:
        yield f"# The time was up before {pages.unread} Markdown files were read; add them if they hold open tables."
    if not pages.found:
        yield "documents: {}  # none with placeholders such as [ACTUAL VALUE] or TBD was found"
        return
    yield "documents:"
    for page in pages.found:
        yield f"  {scalar(page.name)}: {{language: {page.language}}}"


def _workloads(proposal: Proposal) -> Iterator[str]:
    yield "# What is run: a callable that builds an nn.Module, and the shape of its input (tokens or features)."
    workloads = {name: one for name, one in proposal.workloads.items() if _is_target(one.definition.target)}
    for one in proposal.left:
        yield from _why_left(one)
    if not workloads:
        yield "workloads: {}  # as an example:"
        yield '#  main: {build: "package.module:callable", args: {}, features: [8, 64]}'
        return
    yield "workloads:"
    for name, one in workloads.items():
        yield from _workload(name, one)


def _workload(name: str, entry: Entry) -> Iterator[str]:
    yield f"  {scalar(name)}:"
    yield f"    build: {scalar(entry.definition.target)}  # {_line(entry.definition.place)}"
    if entry.settings is not None:
        yield f"    config: {scalar(entry.settings.target)}"
    if entry.args or entry.guessed:
        yield from _notes(entry)
        yield f"    args: {_flow(entry.args)}"
    else:
        yield "    args: {}  # its own defaults"
    yield f"    {_input(entry.call.input)}" + ("" if entry.example else _of_input(entry))


def _notes(entry: Entry) -> Iterator[str]:
    if entry.source:
        yield f"    # sizes as in {_line(entry.source)}"
    if entry.guessed:
        yield f"    # nothing tells {', '.join(entry.guessed)}: small sizes are written here; give those of your model"


def _of_input(entry: Entry) -> str:
    if entry.call.is_certain:
        return "  # from its first layer; a larger input is closer to your work"
    return "  # nothing tells what it takes; check the shape"


def _why_left(entry: Entry) -> Iterator[str]:
    name, place = entry.definition.name, entry.definition.place
    if entry.missing:
        yield _line(f"# {name} ({place}) needs {', '.join(entry.missing[:4])}, which no plain value stands for here.")
    elif len(entry.call.required) > 1:
        yield _line(f"# {name} ({place}) is called with {', '.join(entry.call.required)}; doctool gives one tensor.")
    else:
        yield _line(f"# {name} ({place}): nothing tells what it is called with.")
    yield f"#   Write a function that builds one that can be run, and name it as `build`: {GUIDE}."


def _input(given: Given | None) -> str:
    if given is None:
        return "features: [8, 64]"
    if given.vocabulary is None:
        return f"features: {list(given.shape)}"
    return f"tokens: {list(given.shape)}\n    vocabulary: {given.vocabulary}"


def _mechanisms(proposal: Proposal) -> Iterator[str]:
    yield "# What is looked for in the source and compared off against on."
    yield from _what_is_not_said(proposal)
    workloads = [name for name, one in proposal.workloads.items() if _is_target(one.definition.target)]
    mechanisms = [mechanism for mechanism in proposal.mechanisms if set(mechanism.workloads) & set(workloads)]
    if not workloads:
        yield "mechanisms: {}"
        return
    if not mechanisms:
        yield "# No boolean of these models decides about what they build or compute."
    yield "mechanisms:"
    yield f"  {BASELINE}: {{measure: {_flow(workloads)}}}  # the model as it is, for tables without two sides"
    for one in mechanisms:
        yield from _mechanism(one, [name for name in one.workloads if name in workloads])


def _mechanism(one: Mechanism, workloads: Sequence[str]) -> Iterator[str]:
    yield f"  {scalar(one.name)}:"
    places = _line(f"{one.switch.parameter.place}; decides at {one.switch.deed.place}")
    yield f"    toggle: {scalar(one.switch.name)}  # {places}"
    if one.owner:
        yield f"    owner: {scalar(one.owner)}"
    yield f"    compare: {_flow(workloads)}"


def _what_is_not_said(proposal: Proposal) -> Iterator[str]:
    for one in proposal.options[:_MOST_LISTED]:
        values = ", ".join(map(repr, one.values))
        yield _line(
            f"# {one.parameter.name} ({one.parameter.place}) chooses among {values}, and a toggle is a boolean:"
        )
        yield f"#   to compare two of them, write a `build` that takes one ({GUIDE})."
    if proposal.more:
        names = ", ".join(one.name for one in proposal.more[:_MOST_LISTED])
        names += f", and {len(proposal.more) - _MOST_LISTED} more" if len(proposal.more) > _MOST_LISTED else ""
        yield _line(f"# These decide about something too, and can be added in the same way: {names}")
    if proposal.idle:
        names = ", ".join(f"{one.name} ({one.parameter.place})" for one in proposal.idle)
        yield _line(f"# Nothing that runs uses these, as far as the source tells: {names}")
    if proposal.unchecked:
        yield (
            f"# The time was up before {proposal.unchecked} of these were followed through the code; "
            "`doctool detect` does it."
        )


def _aliases(proposal: Proposal, pages: Sequence[Page]) -> Iterator[str]:
    """Headings that are the long form of a mechanism's name."""
    names = [mechanism.name for mechanism in proposal.mechanisms]
    found: dict[str, list[str]] = {}
    for heading in dict.fromkeys(heading for page in pages for heading in page.headings):
        if any(f" {normalise(name)} " in f" {normalise(heading)} " for name in names):
            continue
        for name in names:
            words = long_form(name, heading)
            if words and words not in found.get(name, []):
                found.setdefault(name, []).append(words)
    if found:
        yield ""
        yield "# Headings of your documents that mean one of these."
        yield "aliases:"
        yield "  mechanisms:"
        for name, forms in found.items():
            yield f"    {scalar(name)}: {_flow(forms)}"


def long_form(name: str, heading: str) -> str:
    """Return the words of a heading that a name is short for: `Convolution bias` of `conv_bias`; empty if none are."""
    short, long = normalise(name).split(), normalise(heading).split()
    for start in range(len(long) - len(short) + 1):
        words = long[start : start + len(short)]
        fits = [
            word == part or (len(part) > 2 and (word.startswith(part) or word == _SHORT_FOR.get(part)))
            for part, word in zip(short, words, strict=True)
        ]
        if all(fits) and words != short:
            return " ".join(words)
    return ""


def _is_target(build: str) -> bool:
    """Whether it can be imported by this name; a file such as `2nd.py` cannot."""
    try:
        msgspec.convert(build, Target)
    except msgspec.ValidationError:
        return False
    return True


def scalar(value: Any) -> str:
    """Write a plain value so that YAML reads that value."""
    if isinstance(value, str):
        is_plain = re.fullmatch(r"[^\W\d][\w./-]*", value) and value.lower() not in _YAML_WORDS
        return value if is_plain and value.isprintable() else '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, float):
        text = repr(value)
        mantissa, mark, exponent = text.partition("e")
        # YAML takes `1e-05` for a word: a number has a point, and its exponent a sign.
        if mark:
            sign = "" if exponent.startswith(("+", "-")) else "+"
            return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{sign}{exponent}"
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(text, text)
    return json.dumps(value)


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _flow(value: Mapping[str, Any] | Sequence[Any] | Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def _line(text: str) -> str:
    """A comment stays on one line, whatever is in a name."""
    return "".join(char if char.isprintable() else "?" for char in text)
