"""Records whose every value is something else: whoever wrote them, every command ends with a message or a result."""

import copy
import json
import random

import pytest

from doctool.errors import RecordError
from doctool.project import find_project
from doctool.records import Record, decode, encode
from tests.forged import forge
from tests.hostile.running import UNFORESEEN
from tests.situations import make_tiny, run_here

JUNK = (
    "",
    "\x1b[31m",
    "nan",
    "2026-99-99",
    "bogus/metric",
    0,
    -1,
    1e308,
    -1e-308,
    2**62,
    [],
    {},
    [[]],
    {"a": 1},
    None,
    True,
)
TRIED = 60


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A project whose page shows a record."""
    tiny = make_tiny(tmp_path_factory.mktemp("records") / "repository")
    path = find_project(tiny.root).records.save(forge(tiny.root))
    assert run_here(tiny.root, "refresh", "docs/PERF.md", "--no-commit", "--records", path).returncode == 0
    return tiny, path, tiny.page.read_text()


def places_of(value, path=()):
    """Yield the path of every part of a JSON value; of long lists only the first two."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, item in items:
        yield from places_of(item, (*path, key))


def with_junk(value, path, junk):
    if not path:
        return junk
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    return changed


def with_key(value, path, junk):
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if isinstance(inner, dict) and isinstance(junk, str):
        inner[junk] = inner.pop(path[-1])
    return changed


@pytest.mark.parametrize(
    ("place", "junk", "words"),
    [
        (("metrics", "forward_latency", "unit"), "bogus", "forward_latency: it is never in 'bogus', but in s"),
        (("metrics", "peak_memory", "unit"), "s", "peak_memory: it is never in 's', but in B"),
        (("metrics", "peak_memory", "unit"), "u" * 5000, "uuu…"),
        (("metrics", "forward_latency", "arms", "on", "value"), 1e308, "forward_latency: 1e+308 is more than there is"),
        (("metrics", "forward_latency", "arms", "on", "low"), -1e308, "forward_latency: -1e+308 is more than there is"),
        (("metrics", "forward_latency", "arms", "off", "high"), 1e30, "forward_latency: 1e+30 is more than there is"),
        (("metrics", "forward_latency", "comparison", "low"), -2, "a change is above -1"),
        (("notes",), [{"kind": "busy", "slots": {}}], "has the slots blocks, spoilt"),
        (("notes",), [{"kind": "no-such", "slots": {}}], "no-such"),
        (("notes",), [{"kind": "busy", "slots": {"spoilt": 1, "blocks": 2}}], "str"),
        (("notes",), [[]], "notes"),
        (("started",), "2026-99-99", "not a time"),
        (("f" * 5000,), 1, "fff…"),
    ],
)
def test_what_no_measurement_gives_is_one_short_line(shown, place, junk, words):
    _, path, _ = shown
    with pytest.raises(RecordError) as refused:
        decode(json.dumps(with_junk(json.loads(path.read_bytes()), place, junk)).encode(), "x")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


def commands_about(path):
    return (
        ("check", "--all", "--diff"),
        ("check", "--all", "--release"),
        ("verify", path),
        *(("explain", f"docs/PERF.md:{line}") for line in (7, 14, 21, 22)),
    )


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_a_record_of_anything_is_survived(shown, part):
    tiny, path, page = shown
    good = json.loads(path.read_bytes())
    chance = random.Random(part)
    places = [place for place in places_of(good) if place][part::4]
    changed = [change(good, place, junk) for place in places for change in (with_junk, with_key) for junk in JUNK]
    are_records = {True: [], False: []}
    for value in changed:
        are_records[is_record(value)].append(value)
    # All are read; with some of either kind, the commands are run.
    assert sum(survives(tiny, path, page, value) for value in chance.sample(are_records[True], TRIED)) == TRIED
    assert not any(survives(tiny, path, page, value) for value in chance.sample(are_records[False], TRIED // 4))


def is_record(value):
    try:
        decode(json.dumps(value).encode(), "x")
    except RecordError as refused:
        reason = str(refused)
    else:
        return True
    assert "\n" not in reason
    assert len(reason) < 600
    return False


def survives(tiny, path, page, value):
    """Try a record under the name that its content has; return whether it is one."""
    try:
        record = decode(json.dumps(value).encode(), "x")
    except RecordError:  # what is no record is tried under the old name
        record = None
    name = path.name
    if isinstance(record, Record):
        name = f"fast-step-{record.id}.json"
        page = page.replace(path.stem.rpartition("-")[2], record.id)
    tiny.page.write_text(page)
    there, original = path.with_name(name), path.read_bytes()
    there.write_bytes(encode(record) if record else json.dumps(value).encode())
    try:
        for command in commands_about(there):
            done = run_here(tiny.root, "--debug", *command)
            assert done.returncode != UNFORESEEN, (command, value, done.stderr)
            assert "\x1b" not in done.stdout + done.stderr
    finally:
        there.unlink()
        path.write_bytes(original)
    return record is not None
