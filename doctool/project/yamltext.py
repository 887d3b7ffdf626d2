"""YAML that remembers where each value stood, and in which `on` and `off` are words.

Used for `doctool.yaml` and for the YAML inside region markers. It knows nothing of what the values mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import yaml

from doctool.errors import DoctoolError

Path = tuple[str | int, ...]


MOST_CHARACTERS = 2**16
MOST_DEPTH = 32
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset(_CORE + name for name in ("null", "bool", "int", "float", "str", "seq", "map"))
_MOST_DIGITS = 100
"""Of a number: far more than anything here counts, and few enough to be printed in an error."""


class _Loader(yaml.SafeLoader):
    """The safe loader with YAML 1.2 booleans: only `true` and `false`, so that a column may be called `off`.

    It refuses what lets a short text stand for a huge value, and tells every fault with its line.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError("aliases such as '*name' are not read here; write the value out", mark)
        if self._depth >= MOST_DEPTH:
            raise _RefusedError(f"this is nested more than {MOST_DEPTH} levels deep", mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag not in _TAGS:
            raise _RefusedError(
                f"{node.tag.removeprefix(_CORE)!r} is not a kind of value that is read here", node.start_mark
            )
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(node)
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError) as problem:
            # PyYAML lets the faults of Python's own conversions through: `!!int abc`, `!!float ""`.
            found = repr(node.value[:40]) if isinstance(node, yaml.ScalarNode) else "this"
            raise _RefusedError(f"{found} is no {node.tag.removeprefix(_CORE)}", node.start_mark) from problem


class _RefusedError(Exception):
    def __init__(self, words: str, mark: Any) -> None:
        super().__init__(words)
        self.words = words
        self.line = mark.line


def _check_scalar(node: yaml.ScalarNode) -> None:
    if len(node.value) > _MOST_DIGITS and node.tag.endswith((":int", ":float")):
        raise _RefusedError(f"a number of {len(node.value)} characters is too long", node.start_mark)
    if "\0" in node.value or any("\ud800" <= char <= "\udfff" for char in node.value):
        raise _RefusedError("this holds a character that no file and no terminal can show", node.start_mark)


class _ComposerInC(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Makes the same tree as `_Loader`, ten times faster where PyYAML was built with its parser in C."""


class _Dumper(yaml.SafeDumper):
    """Writes what `_Loader` reads back, quoting only what needs it."""


def _with_core_booleans(resolvers: Mapping[str, list[tuple[str, Any]]]) -> dict[str, list[tuple[str, Any]]]:
    return {
        first: [(tag, pattern) for tag, pattern in patterns if not tag.endswith((":bool", ":timestamp"))]
        for first, patterns in resolvers.items()
    }


for _class in (_Loader, _ComposerInC, _Dumper):
    _class.yaml_implicit_resolvers = _with_core_booleans(yaml.SafeLoader.yaml_implicit_resolvers)
    _class.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
    )


class YamlText(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed YAML text.

    Args:
        value: Plain Python values: dicts with string keys, lists, strings, numbers, booleans, None.
        lines: Line of each value by its path of keys and indices, from 1; a mapping's member has its key's line.
    """

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """Return the line of the value at `path`, or of the nearest enclosing value that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str, error: Callable[[str, int], DoctoolError], first_line: int = 1) -> YamlText:
    """Parse one YAML document.

    Args:
        text: The YAML source.
        error: Makes the exception to raise from a message and a line number.
        first_line: Line number of the first line of `text` in its file.

    Raises:
        DoctoolError: Whatever `error` makes, for broken syntax, a key that is no string, a key given twice, an
            alias, a value that is none of its kind, or a text that is too long or nested too deeply.
    """
    if len(text) > MOST_CHARACTERS:
        raise error(f"this YAML has more than {MOST_CHARACTERS} characters", first_line)
    loader = None
    try:
        loader = _Loader(text)
        node = _compose_in_c(text) or loader.get_single_node()
        lines: dict[Path, int] = {}
        if node is None:
            return YamlText(value=None, lines=lines)
        _check(node, (), lines, error, first_line)
        return YamlText(value=loader.construct_document(node), lines=lines)
    except _RefusedError as problem:
        raise error(problem.words, first_line + problem.line) from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = first_line + (mark.line if mark else 0)
        raise error(f"this is not valid YAML: {problem.problem or problem.context}", line) from problem
    except yaml.YAMLError as problem:
        # A character that YAML does not have; PyYAML says at which place, and in its own words of several lines.
        place = getattr(problem, "position", 0)
        raise error(
            f"this is not valid YAML: {str(problem).splitlines()[0]}", first_line + text.count("\n", 0, place)
        ) from problem
    finally:
        if loader is not None:
            loader.dispose()


def _compose_in_c(text: str) -> yaml.Node | None:
    """Return the tree of a text in which nothing is wrong; None where `_Loader` has to say what is."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_ComposerInC):
            # In C, a tree is made by a function that calls itself, and nothing but the stack ends it.
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH or isinstance(event, yaml.AliasEvent):
                return None
        return yaml.compose(text, Loader=_ComposerInC)
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _check(
    node: yaml.Node,
    path: Path,
    lines: dict[Path, int],
    error: Callable[[str, int], DoctoolError],
    first_line: int,
) -> None:
    lines.setdefault(path, first_line + node.start_mark.line)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _check(item, (*path, index), lines, error, first_line)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = first_line + key.start_mark.line
            if not isinstance(key, yaml.ScalarNode):
                raise error("a key must be plain text; quote it if it holds brackets", line)
            # Labels such as `2024` are names here, whatever YAML would make of them.
            key.tag = "tag:yaml.org,2002:str"
            if (*path, key.value) in lines:
                raise error(f"the key {key.value!r} is given twice; remove one of them", line)
            lines[(*path, key.value)] = line
            _check(value, (*path, key.value), lines, error, first_line)


def dump(value: Any, *, flow: bool = False) -> str:
    """Write `value` as YAML that `parse` reads back equal.

    Args:
        value: Plain Python values.
        flow: Write on one line, in braces and brackets.
    """
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=flow,
        allow_unicode=True,
        sort_keys=False,
        width=10**9,
    )
    return text.removesuffix("\n...\n").rstrip("\n")
