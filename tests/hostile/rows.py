"""The inputs that once hung the check, ate its memory, read outside the project, or wrote commands into its log.

Each row is a small project, the commands that look at it, and what must come of them. The laws that hold for every
command, whatever it is given, are in `running.problems_of`.
"""

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from doctool.records import Record, Refusal, Source, encode
from doctool.terms.mechanism import Status
from tests.hostile.running import HANGS_S, SETTINGS, doctool, git, make_project, problems_of, write

SECRET = "hunter2-should-never-be-seen"
ANYTHING = frozenset(range(70)) | frozenset(range(71, 128))
CHECK = (("check", "--all"),)
LOOK = (("check", "--all"), ("claims", "--all"))
EVERY = (
    ("check", "--all"),
    ("check", "--all", "--diff"),
    ("check", "--all", "--release"),
    ("check", "--all", "--format", "github"),
    ("check", "--all", "--json"),
    ("claims", "--all"),
    ("claims", "--all", "--json"),
    ("detect",),
    ("detect", "--json"),
    ("explain", "docs/PERF.md:3"),
    ("history", "fast", "block_latency"),
)
REGION = "<!-- doctool:begin a\n{yaml}\n-->\n\nold\n\n<!-- doctool:end a{end} -->\n"
SHOWN = " record=00000000 template=00000000 sha256=00000000 words=00000000"


@dataclass
class Row:
    """One kind of hostile input.

    Args:
        name: Of the kind.
        prepare: Makes the project in an empty directory.
        commands: What is run there.
        codes: The exit codes that are right.
        says: What each command's output must hold, in any case of letters.
        never: What it must not hold.
        after: Looks at the directory afterwards, and returns what is wrong.
        owner: Who else must have done his part.
    """

    name: str
    prepare: Callable[[Path], object]
    commands: tuple[tuple[str, ...], ...] = CHECK
    codes: frozenset[int] = ANYTHING
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = (SECRET,)
    after: Callable[[Path], str | None] = lambda _: None
    owner: str | None = None


def problems_of_row(row, directory, costs=None):
    """Run a row; return what does not hold, in words. To `costs` go CPU seconds and megabytes of each command."""
    root = directory / "project"
    root.mkdir(parents=True)
    row.prepare(root)
    found = []
    for command in row.commands:
        try:
            outcome = doctool(root, *command, environment={"A_SECRET": SECRET})
        except TimeoutError:
            found.append(f"{' '.join(command)[:80]}: hangs")
            if costs is not None:
                costs.append((HANGS_S, 0))
            continue
        if costs is not None:
            costs.append((outcome.cpu_s, outcome.peak_bytes / 1e6))
        wrong = list(problems_of(outcome))
        if outcome.code not in row.codes:
            wrong.append(f"exit code {outcome.code}, not {sorted(row.codes)}")
        said = outcome.said.lower()
        places = () if "--json" in command else row.says
        wrong += [f"does not say {words!r}" for words in places if words.lower() not in said]
        wrong += [f"says {words!r}" for words in row.never if words in outcome.said]
        found += [f"{' '.join(command)[:80]}: {one}\n{outcome.said[-600:]}" for one in wrong]
    left = row.after(root)
    return [*found, *([left] if left else [])]


def _with(settings=SETTINGS, page="# Performance\n", **files):
    def prepare(root):
        make_project(root, settings, page)
        for name, text in files.items():
            write(root, name, text)

    return prepare


def _settings(text):
    return _with(settings=text)


def _begin(yaml, end=""):
    return _with(page="# Performance\n\n" + REGION.format(yaml=yaml, end=end))


BOMB = "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9))
YAML = {
    "aliases nine levels deep": BOMB,
    "a float that is none": "x: !!float abc",
    "an int that is none": 'x: !!int "abc"',
    "a time that is none": "x: !!timestamp 2026-99-99",
    "an integer of 5,000 digits": "x: " + "9" * 5000,
    "a lone surrogate": 'x: "\\ud800"',
    "a NUL": 'x: "a\\0b"',
    "100,000 brackets": "x: " + "[" * 30_000,
    "a set": "x: !!set {a: 1}",
    "an object": "x: !!python/object/apply:os.system [true]",
    "an infinite hexadecimal number": "x: 0x" + "f" * 30_000,
    "a character that YAML lacks": "x: \x01",
    "a second document": "x: y\n---\nx: z",
    "a key without end": "? " * 10_000,
    "a merge key": "x: {<<: {a: 1}}\ny: &a {b: 1}\nz: {<<: *a}",
    "an object by its full tag": "x: !<tag:yaml.org,2002:python/name:os.system> 1",
    "a directive": "%TAG ! tag:evil,2000:\n---\nx: !a b",
    "a key that is a map": "? {a: 1}\n: 2",
    "a key given twice": "x: 1\nx: 2",
    "an hour of 2,000 digits": "x: " + "1:" * 2000 + "1",
    "200 levels": "\n".join("  " * n + "a:" for n in range(200)),
}


def _yaml_rows():
    for name, text in YAML.items():
        yield Row(f"doctool.yaml: {name}", _settings(f"package: tiny\n{text}\n"), LOOK, {3}, ("doctool.yaml:",))
        yield Row(f"a begin comment: {name}", _begin(text), CHECK, {10}, ("docs/perf.md:",))
    yield Row("doctool.yaml: not UTF-8", _settings(b"package: \xff\xfe\n"), LOOK, {3}, ("doctool.yaml:1",))
    yield Row("doctool.yaml: too large", _settings("#" * 10**6), LOOK, {3}, ("KiB",))


def _record(root):
    return Path(root, "docs/measurements/fast-step-00000000.json")


def _put_fifo(path, _):
    os.mkfifo(path)


def _put_socket(path, root):
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have 108 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _put_link(target):
    return lambda path, root: path.symlink_to(target(root) if callable(target) else target)


def _outside(root):
    return write(root.parent, "outside.txt", f"{SECRET}\nlatency 5 ms {SECRET}\n")


SPECIAL = {
    "a link to zeros": _put_link("/dev/zero"),
    "a link to the environment": _put_link("/proc/self/environ"),
    "a link to a file outside": _put_link(_outside),
    "a link to itself": lambda path, _: path.symlink_to(path.name),
    "a link to git's own settings": _put_link(lambda root: write(root, ".git/config", f"[remote]\n url = {SECRET}\n")),
    "a named pipe": _put_fifo,
    "a socket": _put_socket,
    "a directory": lambda path, _: path.mkdir(),
    "20 MiB": lambda path, _: write(path.parent, path.name, b"latency 1 ms\n" * 1_700_000),
}
PLACES = {
    "doctool.yaml": ("doctool.yaml", {3}, EVERY),
    "a document": ("docs/PERF.md", {2, 4}, (*LOOK, ("check", "docs/PERF.md"), ("explain", "docs/PERF.md:1"))),
    "a source file": ("tiny/model.py", {0}, (("detect",), ("check", "--all"))),
    "a package": ("tiny", {0, 2}, (("detect",),)),
    "a template": ("templates/comparison.md.j2", {3}, (("check", "--all"), ("check", "--all", "--diff"))),
    "a directory of templates": ("templates", {3, 11, 12, 13, 14}, CHECK),
    "a record": (
        "docs/measurements/fast-step-00000000.json",
        {5, 12},
        (("check", "--all", "--diff"), ("verify", "docs/measurements/fast-step-00000000.json")),
    ),
}


def _linked_directory(name):
    """A directory outside, with a file of the right name in it, in place of one of the project's."""

    def put(root):
        outside = root.parent / "elsewhere"
        for file in ("PERF.md", "comparison.md.j2", "fast-step-00000000.json"):
            write(outside, file, f"latency 5 ms {SECRET}\n")
        path = Path(root, name)
        if path.is_dir():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(outside)

    return put


def _chain(root):
    target = _outside(root)
    for number in range(30):
        link = root / f"link{number}"
        link.symlink_to(target)
        target = link
    (root / "docs/PERF.md").unlink()
    (root / "docs/PERF.md").symlink_to("../link29")


def _sparse(root):
    names = (
        "tiny/x.py",
        "docs/x.md",
        "docs/PERF.md",
        "templates/a.md.j2",
        "docs/measurements/fast-step-00000000.json",
    )
    for name in names:
        path = write(root, name)
        os.truncate(path, 2**40)


def _pipes_everywhere(root):
    for name in ("templates/own.md.j2", "templates/comparison.md.j2", "docs/measurements/a-b-00000000.json"):
        Path(root, name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(root / name)
    os.mkfifo(root / "tiny/x.py")
    os.mkfifo(root / "docs/x.md")


def _links_up(root):
    for name, target in (("up", ".."), ("top", "/"), ("processes", "/proc")):
        Path(root, "tiny", name).symlink_to(target)


PLACES_OF_FILES = {
    "a chain of 30 links": _chain,
    "a linked directory of documents": _linked_directory("docs"),
    "a linked directory of templates": _linked_directory("templates"),
    "a linked directory of records": _linked_directory("docs/measurements"),
    "sparse files of a tebibyte": _sparse,
    "pipes wherever files are listed": _pipes_everywhere,
    "a package with links to what is around it": _links_up,
    "a .git that is a pipe": lambda root: os.mkfifo(root / ".git"),
    "a .git of nonsense": lambda root: write(root, ".git", b"gitdir: \x1b[31m\xff\n"),
    "a .git that is itself": lambda root: Path(root, ".git").symlink_to(".git"),
}


def _file_rows():
    commands = (*EVERY, ("check", "--staged"), ("diff", "a..b"))
    for name, put in PLACES_OF_FILES.items():

        def prepare(root, put=put):
            make_project(root, page="# P\n\n" + REGION.format(yaml="mechanism: fast", end=SHOWN))
            put(root)

        yield Row(f"files: {name}", prepare, commands)


def _special_rows():
    for place, (name, codes, commands) in PLACES.items():
        for kind, put in SPECIAL.items():
            yield Row(
                f"{place}: {kind}", _instead(name, put), commands, codes | _usual(place, kind), _words(place, kind)
            )


def _usual(place, kind):
    if place in {"a package", "a directory of templates"}:
        return {0, 2, 3, 10, 11, 12, 13, 14}
    return {10, 11, 12, 13, 14} if place == "a source file" else (ANYTHING if kind == "a directory" else set())


def _words(place, kind):
    return (
        ()
        if place in {"a package", "a directory of templates", "a source file"} or kind == "a directory"
        else ("docs" if place in {"a document", "a record"} else "read",)
    )


def _instead(name, put):
    def prepare(root):
        make_project(root, page="# Performance\n\n" + REGION.format(yaml="mechanism: fast", end=SHOWN))
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            for one in path.iterdir():
                one.unlink()
            path.rmdir()
        path.unlink(missing_ok=True)
        put(path, root)

    return prepare


def _outside_rows():
    texts = {
        "a document above": ("package: tiny\ndocuments: {../outdoc.md: {}}\n", 2),
        "a document from the top": ("package: tiny\ndocuments: {/etc/passwd: {}}\n", 2),
        "templates above": ("package: tiny\ndocuments: {docs/PERF.md: {}}\ntemplates: ../templates\n", 3),
        "records above": ("package: tiny\ndocuments: {docs/PERF.md: {}}\nmeasurements: docs/../../m\n", 3),
        "figures from the top": ("package: tiny\ndocuments: {docs/PERF.md: {}}\nfigures: /tmp\n", 3),
        "a package above": ("package: ../secret\ndocuments: {docs/PERF.md: {}}\n", 1),
        "a package from the top": ("package: /usr/lib/python3/dist-packages\ndocuments: {docs/PERF.md: {}}\n", 1),
    }
    for name, (text, line) in texts.items():
        yield Row(f"outside: {name}", _settings(text), EVERY, {3}, (f"doctool.yaml:{line}", "outside the project"))

    def beside(root):
        make_project(root, "package: tiny\ndocuments: {docs/PERF.md: {}}\n")
        write(root.parent, "outdoc.md", "Latency: [ACTUAL VALUE] ms\n")

    def is_untouched(root):
        return (
            None
            if (root.parent / "outdoc.md").read_text() == "Latency: [ACTUAL VALUE] ms\n"
            else "outdoc.md was written"
        )

    yield Row(
        "outside: a document that is named",
        beside,
        (("refresh", "--no-commit", "../outdoc.md"), ("check", "../outdoc.md"), ("claims", "../outdoc.md")),
        {2},
        ("outside the project",),
        after=is_untouched,
    )

    def linked(root):
        beside(root)
        Path(root, "doctool.yaml").unlink()
        Path(root, "doctool.yaml").symlink_to("../outdoc.md")

    yield Row("outside: init through a link", linked, (("init", "--force"),), {2}, ("link",), after=is_untouched)


def _cli_rows():
    plain = _with()
    yield Row("a superscript for a line", plain, (("explain", "docs/PERF.md:²"),), {2}, ("no place",))
    yield Row("a line of 5,000 digits", plain, (("explain", "docs/PERF.md:" + "9" * 5000),), {2}, ("no place",))
    long = "a" * 5000
    yield Row(
        "a path of 5,000 characters", plain, tuple((one, long) for one in ("check", "claims", "verify")), {1, 2, 4, 5}
    )
    yield Row("a place of 5,000 characters", plain, (("explain", f"{long}:1"),), {4}, ("too long",))
    nested = {
        "brackets": b"[" * 100_000,
        "objects": b'{"a":' * 100_000,
        "settings": b'{"schema":1,"settings":' + b"[" * 10**5,
    }
    for name, data in nested.items():
        yield Row(
            f"a record of nested {name}",
            _with(page="# P\n\n" + REGION.format(yaml="mechanism: fast", end=SHOWN), **{str(_record("")): data}),
            (("verify", str(_record(""))), ("check", "--all")),
            {5, 11, 12},
            ("not a record",),
        )


TEMPLATES = {
    "nested loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% for k in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "lorem ipsum": "{{ lipsum(100000) }}",
    "a power": "{% set a = 9**9**9 %}",
    "a wide text": "{{ 'x'.ljust(1000000000) }}",
    "a product": "{{ 'x' * 1000000000 }}",
    "a text that doubles": "{% set ns = namespace(a='x') %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
    "a list that doubles": "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
    "a block that doubles": "{% set ns = namespace(a='x') %}{% for i in range(60) %}{% set ns.a %}{{ ns.a }}{{ ns.a }}{% endset %}{% endfor %}",
    "a macro that calls itself twice": "{% macro f(n) %}{% if n %}{{ f(n[1:]) }}{{ f(n[1:]) }}{% endif %}{% endmacro %}{{ f('x'.ljust(60)) }}",
    "a file that includes itself": "{% include 'own.md.j2' %}",
    "5,000 parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "100 nested loops": "{% for i in lines %}" * 100 + "{% endfor %}" * 100,
    "comments without end": "{#" * 50_000,
    "includes without end": "{% include '" * 20_000,
    "attributes of Python": "{{ lines.__class__.__mro__ }}",
    "the printed way to a file": "{{ cell.__globals__ }}",
    "a format that reads attributes": "{{ '{0.__class__.__mro__}'.format(lines) }}",
    "a format of a billion": "{{ '{:>1000000000}'.format('x') }}",
    "a percent of a billion": "{{ '%1000000000d' | format(1) }}",
    "a range of a billion": "{{ range(10**9) | list }}",
    "a repeated row": "{{ ([1] * 1000) * 1000 * 1000 }}",
    "a centre of a billion": "{{ 'x' | center(1000000000) }}",
    "a batch of a billion": "{{ [1] | batch(1000000000, 'x') | list }}",
    "zeros of a billion": "{{ 'x'.zfill(10**9) }}",
    "replacements": "{{ 'aaaaaaaaaa' | replace('a', 'b' * 1000) | replace('b', 'c' * 1000) }}",
    "a macro without end": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a block within itself": "{% block a %}{{ self.a() }}{% endblock %}",
    "a parent that is itself": "{% extends 'own.md.j2' %}",
    "a path to include": "{% include '../doctool.yaml' %}",
    "the globals of a class": "{{ cycler.__init__.__globals__ }}",
    "an attribute by a filter": "{{ lines | attr('__class__') | string }}",
    "a power of a power": "{{ (10**8)**8 }}",
    "20,000 minus signs": "{{ " + "-" * 20_000 + "1 }}",
    "20,000 attributes": "{{ lines" + ".a" * 20_000 + " }}",
    "an escape sequence in its fault": "{{ '\x1b[31m\u202e'.nothing.at.all }}",
}


def _shown_region(root, template):
    """Fill a region with a real record, and then change its template, so that the difference must be rendered."""
    # Only what is needed to render: a sentence about something that was not measured.
    make_project(root)
    write(root, "templates/own.md.j2", template)
    record = REFUSED % b"fast"
    write(root, f"docs/measurements/fast-step-{ID}.json", record)
    end = f" record={ID} template=00000000 sha256=00000000 words=00000000"
    write(
        root, "docs/PERF.md", "# P\n\n" + REGION.format(yaml="template: own\nmechanism: fast\nworkload: step", end=end)
    )
    write(
        root,
        "doctool.yaml",
        "package: tiny\ndocuments: {docs/PERF.md: {}}\nworkloads: {step: {build: 'tiny.model:Net', features: [1, 1]}}\n"
        "mechanisms: {fast: {toggle: use_fast, compare: [step]}}\n",
    )


def _refused_record():
    record = Record(
        schema=1,
        mechanism="fast",
        workload="step",
        arms={},
        settings={},
        protocol="p",
        protocol_digest="0",
        environment={},
        source=Source(digest="0"),
        status=Status.DECLARED,
        started="2026-01-01T00:00:00+00:00",
        duration_s=0.0,
        command="true",
        refusal=Refusal(reason="declared"),
    )
    return encode(record), record.id


REFUSED, ID = _refused_record()
REFUSED = REFUSED.replace(b"%", b"%%").replace(b'"mechanism": "fast"', b'"mechanism": "%s"')


def _template_rows():
    for name, text in TEMPLATES.items():
        yield Row(
            f"a template with {name}",
            lambda root, text=text: _shown_region(root, text),
            (("check", "--all", "--diff"),),
            {3},
            ("own.md.j2",) if "own" not in text else (),
        )


NASTY = (
    "line\nbreak",
    "\x1b[31mred\x1b]0;title\x07",
    "::error file=x::forged",
    "%0A::set-output name=x::y",
    "##[set-output name=x]y",
    "right\u202eto\u2066left",
    "a\u009b31m\x7f\u2028b",
    "a,file=forged.py,line=1::b",
)


def _nasty_names(root):
    names = [name.replace("/", "-") for name in NASTY]
    documents = "".join(f"  {_quoted(f'docs/{name}.md')}: {{}}\n" for name in names)
    # What is refused in doctool.yaml at once has plain names, or nothing below would be reached.
    mechanisms = "".join(f"  m{n}: {{toggle: t{n}, compare: [step]}}\n" for n in range(len(NASTY)))
    aliases = ", ".join(f"m{n}: [{_quoted(name)}]" for n, name in enumerate(NASTY))
    settings = (
        f"package: tiny\ndocuments:\n{documents}workloads: {{step: {{build: 'tiny.model:Net', features: [1, 1]}}}}\n"
        f"mechanisms:\n{mechanisms}claims: error\naliases: {{mechanisms: {{{aliases}}}}}\n"
    )
    make_project(root, settings)
    for name, text in zip(names, NASTY, strict=True):
        page = f"# {text}\n\n{text} takes 5 ms\n\n| {text} | HEM |\n|---|---|\n| Latency | [ACTUAL VALUE] ms |\n"
        write(root, f"docs/{name}.md", page)
        write(root, f"tiny/{name}.py", "def broken(t0=:\n")
        write(root, f"docs/measurements/{name}-step-00000000.json", text)
        write(root, f"templates/{name}.md.j2", "{{ 1 }}")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")


def _quoted(text):
    return json.dumps(text)


def _no_command(root):
    """No line of the log is a command, but for the annotations that are meant."""
    for command in (*EVERY, ("check", "--staged"), ("check", "--staged", "--format", "github")):
        for line in doctool(root, *command).said.splitlines():
            start = line.strip()
            if "##[" in line:
                return f"{command}: {line!r}"
            if not start.startswith("::") or "::" not in start[2:]:
                continue
            kind, _, properties = start[2:].partition("::")[0].partition(" ")
            names = [one.partition("=")[0] for one in properties.split(",")]
            if "github" not in command or kind not in {"error", "warning"} or names != ["file", "line", "title"]:
                return f"{command}: {line!r}"
    return None


def _name_rows():
    yield Row("names that forge: check", _nasty_names, EVERY[:5], {15}, ("is not backed",), after=_no_command)
    yield Row("names that forge: claims", _nasty_names, EVERY[5:7], {0}, ("takes 5 ms",))
    yield Row("names that forge: detect", _nasty_names, EVERY[7:9], {0}, ("cannot be read",))
    yield Row("names that forge: staged", _nasty_names, (("check", "--staged"),), {0, 15})
    for name in NASTY:
        text = f"package: tiny\ndocuments: {{docs/PERF.md: {{}}}}\nmechanisms: {{{_quoted(name)}: {{toggle: a}}}}\n"
        yield Row(f"a mechanism that forges: {_quoted(name)}", _settings(text), LOOK, {3}, ("cannot be a name",))
    arguments = tuple((command, name) for name in NASTY for command in ("check", "verify", "detect", "explain", name))
    yield Row("arguments that forge", _with(), arguments, {2, 4, 5})


LONG = {
    "a paragraph that repeats a claim": "latency 1 ms " * 20_000,
    "a paragraph of numbers": "1 " * 100_000,
    "50,000 placeholders": "[ACTUAL VALUE] ms\n\n" * 50_000,
    "50,000 placeholders in a line": "TBD " * 50_000,
    "a table with 20,000 pipes": "| a " * 20_000 + "|\n" + "|---" * 20_000 + "|\n" + "| [X] ms " * 20_000 + "|\n",
    "carriage returns only": "# a\rlatency 1 ms\r" * 10_000,
    "20,000 regions": "".join(
        f"<!-- doctool:begin r{n}\nmechanism: fast\n-->\n\nx\n\n<!-- doctool:end r{n} -->\n\n" for n in range(20_000)
    ),
    "20,000 begins": "<!-- doctool:begin a\n" * 20_000,
    "20,000 quotes": ">" * 20_000 + " latency 1 ms\n",
    "20,000 brackets": "[" * 20_000 + "](" * 20_000,
    "200,000 emphases": "*a _b " * 50_000,
    "100,000 backticks": "".join("`" * (n % 300) + " " for n in range(1500)),
    "50,000 list items": "- latency: TBD ms\n" * 50_000,
    "nested lists": "".join("  " * n + "- a 1 ms\n" for n in range(500)),
    "comments without end": "<!-- " * 50_000,
    "HTML without end": "<a " * 50_000,
    "links without end": "[a](<b" * 20_000,
    "definitions": "".join(f"[{n}]: x\n" for n in range(20_000)),
    "digits": "9" * 200_000 + " ms",
    "commas and points": "1,1." * 50_000 + " ms",
    "blanks before a unit": "latency 1" + " " * 200_000 + "ms",
    "190,000 headings": "#\n" * 190_000 + "latency 1 ms\n",
    "90,000 quotes": ">a\n\n" * 90_000 + "latency 1 ms\n",
    "49,000 rows": "|a|Latency|\n|-|-|\n" + "|a|b|\n" * 49_000,
    "20,000 placeholders that differ": "".join(f"Latency of case {n}: [X] ms\n\n" for n in range(20_000)),
}
TOO_LONG = {
    "10 MB of claims": "latency 1 ms " * 770_000,
    "300,000 headings": "#\n" * 300_000 + "latency 1 ms\n",
    "300,000 carriage returns": "#\r" * 300_000 + "latency 1 ms\r",
    "300,000 cells": "|a" * 150_000 + "\n" + "|-" * 150_000 + "\nlatency 1 ms\n",
}


def _long_rows():
    for name, page in LONG.items():
        yield Row(f"a page with {name}", _with(page=page), LOOK, owner="document")
    for name, page in TOO_LONG.items():
        yield Row(f"a long page with {name}", _with(page=page), CHECK, {4, 10}, ("docs/perf.md", "the most that"))
        yield Row(f"claims of a long page with {name}", _with(page=page), LOOK[1:], {4}, ("docs/perf.md",))


SOURCES = {
    "3,000 functions that call each other": "".join(
        f"def f{n}(use_fast=False):\n    return f{(n + 1) % 3000}(use_fast)\n" for n in range(3000)
    ),
    "an elif of 900 branches": "def f(use_fast=False, x=0):\n    if x == 0:\n        y = use_fast\n"
    + "".join(f"    elif x == {n}:\n        y = use_fast\n" for n in range(1, 900))
    + "    return y\n",
    "a sum of 5,000 terms": "def f(use_fast=False):\n    return " + " + ".join(["use_fast"] * 5000) + "\n",
    "900 attributes in a row": "def f(use_fast=False):\n    return use_fast" + ".a" * 900 + "\n",
    "90 nested blocks": "def f(use_fast=False):\n"
    + "".join("    " * (n + 1) + "if use_fast:\n" for n in range(90))
    + "    " * 91
    + "pass\n",
    "100,000 brackets": "x = " + "[" * 100_000,
    "a class that inherits itself": "class Net(Net):\n    def __init__(self, use_fast=False):\n        self.x = use_fast\n",
    "a NUL": "use_fast = 1\n\0\n",
    "3,000 loops": "def f(use_fast=False):\n    x = 0\n" + "    for i in y:\n        x = x + use_fast\n" * 3000,
    "3,000 handlers": "def f(use_fast=False):\n    x = 0\n"
    + "".join(f"    try:\n        x = use_fast\n    except E{n}:\n        y{n} = x\n" for n in range(3000)),
    "3,000 generations": "class N0:\n    def __init__(self, use_fast=False):\n        self.fast = use_fast\n"
    + "".join(f"class N{n + 1}(N{n}):\n    def forward(self):\n        return self.fast\n" for n in range(3000)),
    "1,400 classes": "".join(
        f"class N{n}:\n    def __init__(self, use_fast=False):\n        self.fast = use_fast\n"
        f"    def forward(self, x):\n        return N{(n + 1) % 1400}(use_fast=self.fast)\n"
        for n in range(1400)
    ),
    "3,000 keys": "D = {"
    + ", ".join(f"'k{n}': 'use_fast'" for n in range(3000))
    + "}\ndef f(use_fast=D['k1']): pass\n",
    "5,000 decorators": "@a(use_fast=1)\n" * 5000 + "def f(use_fast=False): pass\n",
}


def _source_rows():
    for name, text in SOURCES.items():
        yield Row(
            f"source with {name}",
            _with(**{"tiny/model.py": text}),
            (("detect",), ("check", "--all"), ("init", "--force")),
            owner="detect",
        )


def _pwn(root):
    return f"sh -c 'touch {root.parent}/pwned; cat'"


def _is_not_pwned(root):
    return "what the repository names was run" if (root.parent / "pwned").exists() else None


def _with_filter(root):
    make_project(root, "package: tiny\ndocuments: {docs/PERF.md: {}}\nmechanisms: {fast: {toggle: use_fast}}\n")
    write(root, "docs/measurements/fast-step-00000000.json", "{}")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    git(root, "tag", "v1")
    write(root, ".gitattributes", "* filter=evil diff=evil\n")
    write(root, "docs/PERF.md", "# Changed\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "more")
    write(root, "docs/PERF.md", "# Changed again\n")
    git(root, "add", "-A")
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
    ):
        git(root, "config", key, _pwn(root))
    for key in ("diff.external", "core.fsmonitor", "core.pager", "gpg.program"):
        git(root, "config", key, _pwn(root))
    git(root, "config", "log.showSignature", "true")
    hook = write(root, ".git/hooks/post-index-change", f"#!/bin/sh\ntouch {root.parent}/pwned\n")
    hook.chmod(0o755)


def _with_bare(root):
    """The tree under review looks like a repository of its own."""
    make_project(root)
    git(root, "init", "-q", "--bare", ".")
    git(root, "config", "core.bare", "false")
    git(root, "config", "core.worktree", str(root))
    git(root, "config", "core.fsmonitor", _pwn(root))
    git(root, "config", "diff.external", _pwn(root))


def _git_rows():
    commands = (("check", "--staged"), ("diff", "v1..HEAD"), ("history", "fast", "block_latency"), ("check", "--all"))
    yield Row("a repository with filters", _with_filter, commands, after=_is_not_pwned)
    yield Row("a tree that is a bare repository", _with_bare, commands[:3], {7}, ("refuses",), after=_is_not_pwned)


ROWS = tuple(
    row
    for rows in (
        _yaml_rows,
        _special_rows,
        _file_rows,
        _outside_rows,
        _cli_rows,
        _template_rows,
        _name_rows,
        _long_rows,
        _source_rows,
        _git_rows,
    )
    for row in rows()
)
