"""Propose a `doctool.yaml` for a repository that has none: its toggles, and its documents with placeholders.

Reads source and documents; runs nothing, writes nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from doctool import detect, document
from doctool.errors import DoctoolError, UsageError
from doctool.project.config import Target
from doctool.system.reading import DOCUMENT_BYTES, read_file
from doctool.vocabulary import Vocabulary, build_vocabulary, normalise

_SKIPPED = frozenset({"node_modules", "site-packages", "build", "dist", "venv", "env"})
_YAML_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_TURKISH = "ğışĞİŞ"


def propose_config(root: Path) -> str:
    """Return the text of a `doctool.yaml`, with comments, ready to edit.

    Args:
        root: Root of the repository.

    Raises:
        UsageError: If no Python package is found.
    """
    found = detect.propose(root)
    packages = found.packages or found.others
    if not packages:
        raise UsageError(
            "no Python package was found here; run this in the repository's root, or write doctool.yaml "
            "by hand: `doctool schema config` prints what it may hold",
            file=str(root),
        )
    package = packages[0]
    lines = [
        "# What doctool looks for, what it measures, and where the numbers go.",
        "# `doctool schema config` prints everything that may stand here.",
        f"package: {_scalar(package)}" + ("" if found.packages else "  # no torch.nn module was found in it"),
        *(f"# Also found: {other}" for other in packages[1:]),
        "",
        *_documents(root),
        "",
        *_workloads(found),
        "",
        *_mechanisms(found, package),
    ]
    return "\n".join(lines) + "\n"


def _documents(root: Path) -> Iterator[str]:
    yield "# Documents whose placeholder tables doctool fills; `language` is tr or en."
    named = list(documents_with_placeholders(root, build_vocabulary({}, {})))
    if not named:
        yield "documents: {}  # none with placeholders such as [ACTUAL VALUE] was found"
        return
    yield "documents:"
    for name, language in named:
        yield f"  {_scalar(name)}: {{language: {language}}}"


def documents_with_placeholders(root: Path, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield the Markdown files below `root` that hold a placeholder, with their probable language."""
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(names):
            if not name.lower().endswith((".md", ".markdown")):
                continue
            path = Path(directory, name)
            try:
                data = read_file(path, inside=root, limit=DOCUMENT_BYTES)
            except OSError:
                continue
            if not document.may_matter(data, vocabulary):
                continue
            relative = path.relative_to(root).as_posix()
            try:
                parsed = document.parse(data, relative, vocabulary)
            except DoctoolError:
                continue
            if any(one.place in {"table", "line"} for one in parsed.placeholders):
                text = data.decode("utf-8", "replace")
                yield relative, "tr" if any(letter in text for letter in _TURKISH) else "en"


def _workloads(found: detect.Proposal) -> Iterator[str]:
    yield "# What is run: a callable that builds an nn.Module, and the shape of its input (tokens or features)."
    yield "workloads:"
    builds = _builds(found)
    if not builds:
        yield '  main: {build: "PACKAGE.MODULE:CALLABLE", features: [8, 64]}  # no constructor with a toggle was found'
    for index, one in enumerate(builds):
        name = "main" if index == 0 else f"main-{index + 1}"
        config = f'config: "{one.config}", ' if one.config else ""
        needed = f"give args {', '.join(one.required)}; adjust shape" if one.required else "adjust args and shape"
        yield f'  {name}: {{build: "{one.build}", {config}args: {{}}, {_input(one.input)}}}  # {needed}'


def _input(found: detect.ProposedInput | None) -> str:
    if found is None:
        return "features: [8, 64]"
    if found.vocabulary is None:
        return f"features: {list(found.shape)}"
    return f"tokens: {list(found.shape)}, vocabulary: {found.vocabulary}"


def _scalar(text: str) -> str:
    """Write a string so that YAML reads that string."""
    is_plain = re.fullmatch(r"[A-Za-z_][\w./-]*", text) and text.lower() not in _YAML_WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _is_target(build: str) -> bool:
    try:
        msgspec.convert(build, Target)
    except msgspec.ValidationError:
        return False
    return True


def _builds(found: detect.Proposal) -> list[detect.ProposedMechanism]:
    """One mechanism for each thing to build; a file that nothing can import, such as `2nd.py`, is left out."""
    named = {_key(one): one for one in reversed(found.mechanisms) if one.build and _is_target(one.build)}
    return list(reversed(named.values()))


def _key(one: detect.ProposedMechanism) -> tuple[str | None, str | None]:
    return one.build, one.config


def _mechanisms(found: detect.Proposal, package: str) -> Iterator[str]:
    yield "# What is looked for in the source and compared off against on."
    own = [one for one in found.mechanisms if one.package == package]
    if not own:
        yield "mechanisms: {}  # no boolean constructor parameter that reaches a branch was found"
        return
    builds = [_key(one) for one in _builds(found)]
    yield "mechanisms:"
    for one in own:
        place = builds.index(_key(one)) if _key(one) in builds else 0
        workload = f"main-{place + 1}" if place else "main"
        yield f"  {_scalar(_name_of(one.toggle))}:"
        yield f"    toggle: {_scalar(one.toggle)}  # {one.evidence[0].file}:{one.evidence[0].line}"
        if one.symbols:
            yield f"    symbols: [{', '.join(one.symbols)}]"
        if one.owner:
            yield f"    owner: {one.owner}"
        yield f"    compare: [{workload}]"


def _name_of(toggle: str) -> str:
    for prefix in ("use_", "enable_", "with_", "has_", "is_"):
        if toggle.startswith(prefix) and len(toggle) > len(prefix):
            return toggle[len(prefix) :]
    return normalise(toggle).replace(" ", "_") or toggle
