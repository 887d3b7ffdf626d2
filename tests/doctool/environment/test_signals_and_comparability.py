"""Disturbance from outside, and which machines may be compared."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.environment import (
    Signals,
    comparable_key,
    difference,
    exclusion_of,
    explain_difference,
    fingerprint,
    is_comparable,
    read_signals,
    wait_until_quiet,
)

TICKS = os.sysconf("SC_CLK_TCK")
H200 = {
    "cpu": "Xeon",
    "cores": 16,
    "gpu": "NVIDIA H200",
    "driver": "550.54.15",
    "torch": "2.5.0",
    "dtype": "float32",
    "device": "cuda",
    "os": "Debian",
}


def test_counters_are_read_as_the_kernel_writes_them(tmp_path):
    (tmp_path / "proc/pressure").mkdir(parents=True)
    own = "".join(f"cpu{number} 1 2 3 4 5 6 7 8 9 10\n" for number in os.sched_getaffinity(0))
    (tmp_path / "proc/stat").write_text(f"cpu  100 20 30 9000 40 5 6 70 8 9\n{own}cpu999 1 2 3 4 5 6 7 50 9 10\n")
    for thread, waited_ns in (("7", 2_000_000_000), ("8", 500_000_000)):
        (tmp_path / "proc/self/task" / thread).mkdir(parents=True)
        (tmp_path / "proc/self/task" / thread / "schedstat").write_text(f"123456 {waited_ns} 78\n")
    (tmp_path / "proc/pressure/cpu").write_text(
        "some avg10=0.06 avg60=0.14 avg300=0.19 total=8374396\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    )
    signals = read_signals(tmp_path)
    assert signals.steal_s == 8 * len(os.sched_getaffinity(0)) / TICKS
    assert signals.waiting_s == pytest.approx(2.5)
    assert signals.busy_s == (100 + 20 + 30 + 5 + 6) / TICKS
    assert signals.pressure_s == pytest.approx(8.374396)


def test_time_is_stolen_from_somebody_where_no_single_processor_is_listed(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text("cpu  100 20 30 9000 40 5 6 70 8 9\n")
    assert read_signals(tmp_path).steal_s == 70 / TICKS


@pytest.mark.skipif(read_signals().waiting_s is None, reason="this system does not say who waits for a processor")
def test_a_process_that_has_to_share_its_core_is_seen_waiting():
    own = os.sched_getaffinity(0)
    script = f"import os; os.sched_setaffinity(0, {{{max(own)}}})\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", script]) as neighbour:
        try:
            os.sched_setaffinity(0, {max(own)})
            before = read_signals()
            # It waits about as long as it works, as soon as the neighbour has begun.
            while read_signals().waiting_s - before.waiting_s < 0.2:
                pass
            signals = difference(before, read_signals())
        finally:
            os.sched_setaffinity(0, own)
            neighbour.kill()
    assert signals["waiting"] > 0.0


def test_missing_counters_are_absent_not_zero(tmp_path):
    signals = read_signals(tmp_path)
    assert (signals.steal_s, signals.waiting_s, signals.busy_s, signals.pressure_s) == (None, None, None, None)
    later = Signals(clock_s=signals.clock_s + 1.0, own_cpu_s=0.0)
    assert difference(signals, later) == {"interval_s": 1.0}


def test_counters_only_grow():
    before = read_signals()
    after = read_signals()
    assert after.clock_s >= before.clock_s
    for name in ("own_cpu_s", "involuntary_switches", "steal_s", "waiting_s", "busy_s", "pressure_s"):
        earlier, later = getattr(before, name), getattr(after, name)
        assert (earlier is None) == (later is None)
        assert earlier is None or later >= earlier


def test_a_difference_is_per_second():
    before = Signals(clock_s=10.0, own_cpu_s=1.0, involuntary_switches=5, steal_s=1.0, busy_s=20.0, pressure_s=3.0)
    after = Signals(clock_s=12.0, own_cpu_s=2.5, involuntary_switches=25, steal_s=1.5, busy_s=23.5, pressure_s=4.0)
    assert difference(before, after) == {
        "interval_s": 2.0,
        "steal": 0.25,
        "pressure": 0.5,
        "involuntary_per_s": 10.0,
        "foreign": 1.0,
    }
    assert difference(after, after) == {}


@given(own=st.floats(0, 5), busy=st.floats(0, 5))
def test_coarse_ticks_never_make_negative_neighbours(own, busy):
    before = Signals(clock_s=0.0, own_cpu_s=0.0, busy_s=0.0)
    after = Signals(clock_s=1.0, own_cpu_s=own, busy_s=busy)
    assert difference(before, after)["foreign"] == max(0.0, busy - own)


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ({}, None),
        ({"steal": 0.04, "pressure": 0.2, "involuntary_per_s": 30.0, "foreign": 1.0}, None),
        ({"steal": 0.06}, "steal"),
        ({"waiting": 0.06}, "waiting"),
        ({"pressure": 0.3}, "pressure"),
        ({"pressure": 0.3, "waiting": 0.01}, None),
        ({"involuntary_per_s": 60.0}, "switches"),
        ({"involuntary_per_s": 60.0, "waiting": 0.01}, None),
    ],
)
def test_a_block_is_excluded_by_signal_only(signals, reason):
    assert exclusion_of(signals) == reason


class Host:
    """A host whose neighbour stops after some seconds; time passes only while someone sleeps."""

    def __init__(self, busy_until_s):
        self.now_s = 100.0
        self.busy_until_s = 100.0 + busy_until_s

    def sleep(self, seconds):
        self.now_s += seconds

    def read(self):
        return Signals(clock_s=self.now_s, own_cpu_s=0.0, busy_s=min(self.now_s, self.busy_until_s), steal_s=0.0)


def test_waiting_ends_as_soon_as_the_host_is_quiet():
    host = Host(busy_until_s=4.0)
    found = wait_until_quiet(30.0, read=host.read, sleep=host.sleep)
    assert found.is_quiet
    assert 4.0 <= found.waited_s <= 5.0
    assert found.signals["foreign"] == 0.0


def test_waiting_ends_at_the_time_limit():
    host = Host(busy_until_s=1000.0)
    found = wait_until_quiet(30.0, read=host.read, sleep=host.sleep)
    assert not found.is_quiet
    assert 30.0 <= found.waited_s <= 31.0
    assert found.signals["foreign"] == pytest.approx(1.0)


@pytest.mark.parametrize("key", ["cpu", "cores", "gpu", "torch", "dtype", "device"])
def test_each_of_these_keeps_machines_apart(key):
    other = {**H200, key: "other"}
    assert not is_comparable(H200, other)
    assert explain_difference(H200, other) == f"{key}: {str(H200[key])!r} and 'other'"
    assert not is_comparable(H200, {name: value for name, value in H200.items() if name != key})


def test_of_the_driver_only_the_major_version_counts():
    assert is_comparable(H200, {**H200, "driver": "550.90.07", "os": "Ubuntu"})
    assert explain_difference(H200, {**H200, "driver": "550.90.07"}) == ""
    assert explain_difference(H200, {**H200, "driver": "560.1"}) == "driver (major): '550' and '560'"


def test_an_unknown_fact_is_said_to_be_unknown():
    assert explain_difference({}, {"cpu": "Xeon"}) == "cpu: 'unknown' and 'Xeon'"


@given(st.permutations(list(H200)))
def test_neither_key_nor_fingerprint_depend_on_order(order):
    shuffled = {name: H200[name] for name in order}
    assert comparable_key(shuffled) == comparable_key(H200)
    assert fingerprint(shuffled) == fingerprint(H200)
    assert fingerprint({**H200, "os": "Other"}) != fingerprint(H200)
    assert fingerprint({**H200, "doctool": "9.9"}) == fingerprint(H200)
