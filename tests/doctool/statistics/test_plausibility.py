"""Of a record that was changed and sealed anew, what can be known is found; the guide lists what cannot."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from doctool import environment
from doctool.records import Record, decode
from doctool.records.store import read_record
from doctool.statistics import seal_of, verify
from doctool.statistics.plausibility import find_implausible

ROOT = Path(__file__).parents[3]
RECORDS = sorted((ROOT / "docs/measurements").glob("*.json"))
GUIDE = (ROOT / "docs/guides/commands.md").read_text("utf-8")


def newest(pattern):
    return max(
        (read_record(path) for path in RECORDS if path.name.startswith(pattern)), key=lambda record: record.started
    )


def leaves(value, path=()):
    """Yield the path of every value; of long lists only the first two items, since the others are of their kind."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def changed(record, path):
    """Return the record with one value changed, sealed anew; None where a record cannot hold the change."""
    plain = json.loads(msgspec.json.encode(record))
    at = plain
    for key in path[:-1]:
        at = at[key]
    old = at[path[-1]]
    at[path[-1]] = (
        (not old)
        if isinstance(old, bool)
        else old * 3 + 1
        if isinstance(old, int | float)
        else f"{old}x"
        if old
        else "x"
    )
    try:
        forged = decode(json.dumps(plain).encode(), "r.json")
    except Exception:  # noqa: BLE001 - it cannot even be read
        return None
    return msgspec.structs.replace(forged, seal=seal_of(forged))


def unknowable():
    section = GUIDE.split("### What cannot be known")[1].split("\n## ")[0]
    return [re.compile(pattern) for pattern in re.findall(r"^- `([^`]+)`:", section, re.MULTILINE)]


@pytest.mark.parametrize("name", ["hem-decode", "uboo-training", "baseline-prefill-small", "selftest-trials"])
def test_any_changed_field_is_found_or_listed_as_what_cannot_be_known(name):
    record = newest(name)
    listed = unknowable()
    silent = set()
    for path in leaves(json.loads(msgspec.json.encode(record))):
        forged = changed(record, path)
        said = ".".join("0" if isinstance(part, int) else str(part) for part in path)
        machine = environment.fingerprint(forged.environment) if forged is not None else None
        if (
            path != ("seal",)
            and forged is not None
            and not verify(forged, machine=machine)
            and not any(pattern.fullmatch(said) for pattern in listed)
        ):
            silent.add(said)
    assert silent == set()


def forge(record: Record, **changes):
    forged = msgspec.structs.replace(record, **changes)
    return verify(msgspec.structs.replace(forged, seal=seal_of(forged)))


def test_copied_samples_are_found():
    record = newest("hem-decode")
    first = record.replicates[0]
    copies = tuple(msgspec.structs.replace(first, seed=number) for number in range(16))
    assert any("every sample is that of replicate 1" in problem for problem in forge(record, replicates=copies))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"started": "2099-01-01T00:00:00+00:00"}, "lies in the future"),
        ({"started": "yesterday"}, "is not a time"),
        ({"duration_s": 0.0}, "its processes took"),
        ({"protocol": "my-own/1"}, "is not known"),
    ],
)
def test_what_cannot_be_is_found(changes, words):
    assert any(words in problem for problem in forge(newest("hem-decode"), **changes))


def test_every_record_of_ours_is_plausible():
    for path in RECORDS:
        assert verify(read_record(path)) == (), path


def test_what_other_work_disturbed_may_look_odd_and_is_no_forgery(tmp_path):
    """A turn of five milliseconds that waited for fifty; and an arm that does without the blocks of the other."""
    record = newest("hem-decode")

    def disturb(excluded):
        first, *rest = record.replicates
        block, *blocks = first.blocks
        visit, *visits = block.visits
        odd = msgspec.structs.replace(
            visit, turns_s=(*visit.turns_s, 100 * sum(visit.turns_s)), block_turns_s=(0.0,) * len(visit.block_turns_s)
        )
        block = msgspec.structs.replace(block, visits=(odd, *visits), excluded=excluded)
        changed = msgspec.structs.replace(
            record, replicates=(msgspec.structs.replace(first, blocks=(block, *blocks)), *rest)
        )
        return [said for said in find_implausible(changed) if "a visit of" in said]

    assert disturb("waiting") == []
    assert len(disturb(None)) == 1
