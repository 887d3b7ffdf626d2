"""The selftest: what it counts, the faults it brings about, and that it is the path every figure takes."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from doctool import document, statistics
from doctool.cli import selftest
from doctool.cli.main import run as command_line
from doctool.errors import MeasurementError
from doctool.project import find_project
from doctool.records import Block, Comparison, Replicate, Trial, Verdict, Visit
from doctool.records.store import RecordStore
from doctool.render.pages import fill_document
from doctool.sampling import order
from doctool.selftest import (
    FAULTS,
    LOADED,
    MORE,
    SAME,
    USUAL,
    Finding,
    SessionResult,
    judge,
    judge_host,
    save_trials,
    tally,
    trials_of,
)
from doctool.selftest.clocks import Clock
from doctool.selftest.session import request_for
from doctool.statistics import NaiveClaim

ARMS = ("off", "null", SAME, MORE)
TRUTH = {MORE: 1.05}


def simulate(orders, *, rate=lambda _: 1.0, replicates=8, noise=0.002, seed=0):
    """Sessions on a clock whose rate depends on the seconds since its process began."""
    draw = random.Random(seed)
    built = []
    for number in range(replicates):
        now, blocks = 0.0, []
        for arms in orders:
            visits = []
            for arm in arms:
                call_s = 0.004 * TRUTH.get(arm, 1.0) * rate(now) * math.exp(draw.gauss(0.0, noise))
                now += 0.1
                visits.append(Visit(arm=arm, calls=25, wall_s=25 * call_s, median_s=call_s, cpu_s=25 * call_s))
            blocks.append(Block(visits=tuple(visits)))
        built.append(Replicate(seed=number, started="2026-01-01T00:00:00+00:00", duration_s=8.0, blocks=tuple(blocks)))
    return tuple(built)


def mirrored(key="a"):
    return order.orders_of(key, ARMS, 0, 6)


def comparison(verdict, change=0.0):
    return Comparison(
        change=change,
        low=change - 0.01,
        high=change + 0.01,
        low90=change - 0.01,
        high90=change + 0.01,
        margin=0.01,
        p_value=1.0,
        sign_flip_p=1.0,
        replicates=8,
        verdict=verdict,
    )


def result(same, more, naive=False, situation=USUAL):
    claim = {"sequential mean": NaiveClaim(change=0.05, claims=naive)}
    return SessionResult(
        situation=situation,
        findings={
            SAME: Finding(comparison=same, naive=claim if same else {}),
            MORE: Finding(comparison=more, naive=claim if more else {}),
        },
        replicates=(),
        seconds=60.0,
        environment={},
        refusal=None,
    )


def test_more_work_is_found_and_equal_work_is_not():
    session = simulate(mirrored())
    assert judge(session, MORE).comparison.verdict is Verdict.SLOWER
    assert judge(session, SAME).comparison.verdict is Verdict.NO_DIFFERENCE


@given(st.integers(0, 10_000))
def test_a_clock_that_hurries_fools_nobody_while_blocks_are_mirrored(seed):
    session = simulate(mirrored(str(seed)), rate=lambda now: 1.0 + 0.15 * now, seed=seed)
    assert judge(session, SAME).comparison.verdict is not Verdict.SLOWER
    assert judge(session, SAME).comparison.verdict is not Verdict.FASTER


@given(st.integers(0, 10_000))
def test_where_one_arm_always_comes_first_the_null_arm_withdraws_every_claim(seed):
    orders = order.spoilt_orders(ARMS, "off", 6)
    session = simulate(orders, rate=lambda now: 1.0 + 0.15 * now, seed=seed)
    for arm in (SAME, MORE):
        found = judge(session, arm).comparison
        assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "null-arm")
        # The same samples do look like a difference: without the null arm this would have been a claim.
        assert found.low > 0.01


def test_a_false_claim_fails_and_so_does_a_difference_that_is_denied():
    right = result(comparison(Verdict.NO_DIFFERENCE), comparison(Verdict.SLOWER, 0.05))
    undecided = result(comparison(Verdict.INCONCLUSIVE), comparison(Verdict.INCONCLUSIVE, 0.05))
    count = tally([right, undecided])
    assert count.holds
    assert (count.null.comparisons, count.null.claims) == (2, 0)
    assert (count.positive.comparisons, count.positive.claims, count.undecided) == (2, 1, 1)
    for false in (Verdict.FASTER, Verdict.SLOWER):
        assert not tally([right, result(comparison(false), comparison(Verdict.SLOWER, 0.05))]).holds
    for wrong in (Verdict.NO_DIFFERENCE, Verdict.FASTER):
        assert not tally([right, result(comparison(Verdict.NO_DIFFERENCE), comparison(wrong))]).holds


@pytest.mark.parametrize(
    ("session", "code", "words", "holds"),
    [
        (result(None, None), 30, "NO ANSWER: no session gave a comparison", None),
        (result(comparison(Verdict.NO_DIFFERENCE), comparison(Verdict.SLOWER, 0.05)), 0, "no wrong verdict", True),
        (result(comparison(Verdict.SLOWER), comparison(Verdict.SLOWER, 0.05)), 1, "FAILED: wrong verdicts", False),
    ],
)
def test_that_nothing_was_asked_is_no_success(session, code, words, holds, monkeypatch, capsys):
    monkeypatch.setattr(selftest, "run_session", lambda *_: session)
    said = []
    for form in ([], ["--json"]):
        assert command_line(["selftest", "--sessions", "1", "--faults", "0", *form]) == code
        said.append(capsys.readouterr().out)
    assert words in said[0].splitlines()[-1]
    assert json.loads(said[1])["holds"] is holds


def test_a_fault_in_the_order_excuses_what_is_denied_but_not_what_is_claimed():
    first = next(fault for fault in FAULTS if not fault.keeps_order)
    denied = result(comparison(Verdict.NO_DIFFERENCE), comparison(Verdict.NO_DIFFERENCE), situation=first)
    claimed = result(comparison(Verdict.SLOWER), comparison(Verdict.SLOWER), situation=first)
    assert tally([denied]).holds
    assert not tally([claimed]).holds


def test_a_session_without_samples_is_counted_as_such_and_has_no_trials():
    count = tally([result(None, None), result(comparison(Verdict.SLOWER), comparison(Verdict.SLOWER), naive=True)])
    assert count.unmeasured == 1
    assert count.null.comparisons == 1
    null, positive = count.naive["sequential mean"]
    assert (null.comparisons, null.claims, positive.comparisons, positive.claims) == (1, 1, 1, 1)
    assert trials_of(result(None, None)) == ()


def test_every_answer_of_a_session_becomes_a_trial_with_its_truth():
    session = result(comparison(Verdict.NO_DIFFERENCE, 0.001), comparison(Verdict.SLOWER, 0.049), naive=True)
    found = {(trial.rule, trial.truth): trial for trial in trials_of(session)}
    assert set(found) == {(rule, truth) for rule in ("doctool", "sequential mean") for truth in (0.0, 0.05)}
    assert not found["doctool", 0.0].is_claim
    assert found["doctool", 0.05].is_claim
    assert found["doctool", 0.05].change == 0.049
    assert found["sequential mean", 0.0].is_claim


def trial(truth, *, change=0.05, is_claim=True, seconds=10.0, samples=100):
    return Trial(rule="r", truth=truth, change=change, is_claim=is_claim, seconds=seconds, samples=samples)


def test_the_cost_of_a_right_claim_includes_what_was_asked_in_vain():
    (summary,) = statistics.summarise_trials(
        [
            trial(0.0, is_claim=False),
            trial(0.0),
            trial(0.05),
            trial(0.05, is_claim=False, seconds=30.0, samples=50),
            # A claim of the wrong sign is no right claim.
            trial(0.05, change=-0.05, seconds=20.0),
        ]
    )
    assert (summary.null, summary.false, summary.positive, summary.found) == (2, 1, 3, 1)
    assert summary.seconds == 60.0
    assert summary.samples == 250


def test_a_rule_that_never_finds_anything_has_no_cost():
    (summary,) = statistics.summarise_trials([trial(0.05, is_claim=False)])
    assert summary.seconds is None
    assert summary.samples is None


@pytest.mark.parametrize(("spread", "count"), [(0.01, 8), (0.02, 12), (0.004, 16)])
def test_a_detectable_change_is_claimed_four_times_in_five(spread, count):
    change = statistics.detectable_change(spread, count, 0.01)
    # Exact power of "the lower end of the 99 % interval is above the limit", from the noncentral t distribution.
    limit = -math.log1p(-0.01)
    shift = (math.log1p(change) - limit) / (spread / math.sqrt(count))
    power = scipy.stats.nct.sf(scipy.stats.t.ppf(0.995, count - 1), count - 1, shift)
    assert power == pytest.approx(0.8, abs=0.06)


def test_a_restless_host_is_told_so_and_a_calm_one_what_it_sees():
    calm = judge_host([simulate(mirrored(), noise=0.004)])
    restless = judge_host([simulate(mirrored(), noise=5.0)])
    assert calm.change == 0.02
    assert str(calm) == "a 2% change can be seen here in about 64 seconds"
    assert restless.change is None
    assert "too noisy" in str(restless)
    assert judge_host([]) is None


def test_the_wrong_clock_never_goes_backwards_and_keeps_its_rate():
    now = [0]
    clock = Clock(lambda: now[0], lambda: 1.5)
    shown = []
    for step in (10, 0, 7, 100):
        now[0] += step
        shown.append(clock())
    assert shown == [15, 15, 25, 175]


def test_the_arms_differ_in_nothing_but_their_rungs():
    request = request_for(USUAL, (SAME, MORE))
    rungs = {arm: toggles["rungs"] for arm, toggles in request.arms.items()}
    assert rungs == {"off": 100, "null": 100, SAME: 100, MORE: 105}
    assert request_for(USUAL, (SAME,)).key != request.key, "every session is measured anew"


def test_the_neighbour_ends_with_the_process_that_called_it(tmp_path):
    """Also when that process is killed: nothing may keep a core busy for ever."""
    code = (
        "import time\n"
        "from doctool.selftest.neighbour import beside\n"
        "with beside(1):\n    print('up', flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path) as parent:
        assert parent.stdout.readline() == b"up\n"
        (neighbour,) = children_of(parent.pid)
        parent.kill()
    assert have_ended([neighbour])


def children_of(pid):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split()
        if found:
            return [int(child) for child in found]
        time.sleep(0.05)
    return []


def have_ended(pids):
    """Wait a while: who is told by the end of its input takes a moment to notice."""
    until = time.monotonic() + 30
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(is_running, pids))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def run_doctool(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "doctool", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_command_measures_and_counts(tmp_path):
    """Real processes and real time, so nothing is said about what they find; so few make no claim."""
    done = run_doctool(
        "selftest", "--sessions", "1", "--faults", "0", "--budget", "9s", "--json", "-o", "raw.json", cwd=tmp_path
    )
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["null"]["comparisons"] else 30), done.stderr
    assert answer["null"]["comparisons"] == answer["positive"]["comparisons"]
    assert answer["null"]["claims"] == 0
    assert answer["faults"] == {}
    assert answer["situation"] == USUAL.name
    (session,) = json.loads((tmp_path / "raw.json").read_bytes())["sessions"]
    assert session["situation"] == USUAL.name
    visits = [
        visit for replicate in session["replicates"] for block in replicate["blocks"] for visit in block["visits"]
    ]
    assert {visit["arm"] for visit in visits} == set(ARMS)


def save(tiny, *trials):
    return save_trials(
        find_project(tiny.root),
        trials,
        started=datetime.now(UTC),
        environment={"cpu": "A CPU", "cores": 2, "threads": 1, "device": "cpu"},
        command="doctool selftest --record",
    )


def test_no_answers_are_no_record(tiny):
    with pytest.raises(MeasurementError, match="--budget"):
        save(tiny)
    assert not (tiny.root / "docs/measurements").exists()


def test_a_changed_trial_is_found_out(tiny):
    record = save(tiny, trial(0.0), trial(0.05))
    assert run_doctool("verify", str(record), cwd=tiny.root).returncode == 0
    for old, new in (('"is_claim": true', '"is_claim": false'), ('"seconds": 10.0', '"seconds": 1.0')):
        changed = record.read_text().replace(old, new, 1)
        assert changed != record.read_text()
        other = tiny.root / "changed.json"
        other.write_text(changed)
        assert run_doctool("verify", str(other), cwd=tiny.root).returncode == 5


PAGE = """# Rules

<!-- doctool:begin rules
template: trials
-->
<!-- doctool:end rules -->
"""


@pytest.fixture
def page(tiny):
    tiny.write("docs/RULES.md", PAGE)
    tiny.write("doctool.yaml", (tiny.root / "doctool.yaml").read_text() + "\n")
    return tiny.root / "docs/RULES.md"


def test_a_page_shows_the_recorded_trials_and_is_current(tiny, page):
    tiny.commit()
    save(tiny, trial(0.0, is_claim=False), trial(0.0, is_claim=False), trial(0.05, seconds=64.0, samples=1200))
    done = run_doctool("refresh", "--no-commit", "docs/RULES.md", cwd=tiny.root)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "| r | 0 of 2 | 1 of 1 | 64 s | 1200 |" in text
    assert run_doctool("check", "docs/RULES.md", cwd=tiny.root).returncode == 0
    line = 1 + next(index for index, line in enumerate(text.splitlines()) if "0 of 2" in line)
    told = run_doctool("explain", f"docs/RULES.md:{line}", cwd=tiny.root)
    assert told.returncode == 0, told.stderr
    assert "doctool selftest --record" in told.stdout
    page.write_text(text.replace("0 of 2", "0 of 9"))
    assert run_doctool("check", "docs/RULES.md", cwd=tiny.root).returncode == 11


def test_without_trials_a_page_says_what_to_run_and_nothing_is_measured(tiny, page):
    tiny.commit()
    done = run_doctool("refresh", "--no-commit", "docs/RULES.md", cwd=tiny.root)
    assert "doctool selftest --record" in done.stdout + done.stderr
    assert not list((tiny.root / "docs").glob("measurements/*"))


def test_trials_of_other_rules_are_stale(tiny, page, monkeypatch):
    tiny.commit()
    monkeypatch.setattr(statistics, "protocol_digest", lambda: "0123456789abcdef")
    save(tiny, trial(0.0))
    # The page shows them, as if it had been refreshed while those rules held.
    (record,) = RecordStore(tiny.root / "docs/measurements")
    monkeypatch.undo()
    project = find_project(tiny.root)
    parsed = document.parse(page.read_bytes(), "docs/RULES.md", project.vocabulary)
    (shown,) = fill_document(project, parsed, {"rules": (record,)}).values()
    replacement = document.Replacement(text=shown.text, records=shown.records)
    page.write_bytes(document.splice(parsed, {"rules": replacement}))
    done = run_doctool("check", "docs/RULES.md", cwd=tiny.root)
    assert done.returncode == 13, done.stdout


@pytest.mark.parametrize("arguments", [("--sessions", "0"), ("--budget", "soon"), ("--faults", "-1")])
def test_what_cannot_be_done_is_refused_before_anything_is_measured(tmp_path, arguments):
    done = run_doctool("selftest", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_neighbour_too(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "doctool", "selftest", "--loaded", "--sessions", "1", "--budget", "60s"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        for line in running.stderr:
            if "processes 0/" in line:
                break
        neighbours = children_of(running.pid)
        running.send_signal(signal.SIGINT)
        running.stderr.read()
        assert running.wait(timeout=60) == 130
    assert neighbours
    assert have_ended(neighbours)


def test_a_loaded_selftest_is_the_bursty_neighbour_all_the_time():
    assert LOADED in FAULTS
    assert LOADED.has_neighbour
    assert LOADED.keeps_order
