"""A record's metrics belong to its samples, and any change by hand is found out."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from doctool import records
from doctool.records import Evaluation, Memory, Record, Source, TrainingComparison, TrainingRun, Verdict
from doctool.statistics import correct_together, naive_claims, protocol_digest, seal_of, summarise, verify
from doctool.statistics.arms import Arms
from doctool.statistics.comparison import Rule, compare
from doctool.statistics.naive import NaiveClaim, _pooled_p
from doctool.terms.mechanism import Status
from doctool.terms.metrics import METRICS

replace = msgspec.structs.replace
LATENCY = Rule(metric=METRICS["forward_latency"])
ENVIRONMENT = {"cpu": "Some CPU", "cores": 2, "torch": "2.5.0", "dtype": "float32", "device": "cpu", "threads": 1}


@pytest.fixture
def build_record(session, world):
    def build(**changes) -> Record:
        replicates = tuple(
            replace(one, environment={"machine": "m1"}) for one in session(world(effects={"on": 0.05}), blocks=3)
        )
        record = Record(
            schema=1,
            mechanism="hem",
            workload="prefill",
            arms={"off": {"use_hem": False}, "on": {"use_hem": True}},
            settings={
                "tokens": (2, 512),
                "blocks": "blocks.*",
                "layers": ("norm",),
                "dtype": "float32",
                "device": "cpu",
            },
            protocol="doctool-ab/1",
            protocol_digest=protocol_digest(),
            environment=ENVIRONMENT,
            source=Source(digest="x"),
            status=Status.EFFECTIVE,
            started="2025-03-01T10:00:00Z",
            duration_s=28.0,
            command="doctool measure hem --workload prefill --force",
            replicates=replicates,
            memory=(
                Memory(arm="off", peak_bytes=(1000, 1000), resident_bytes=10, parameters=70),
                Memory(arm="on", peak_bytes=(900, 900), resident_bytes=10, parameters=60),
            ),
        )
        record = replace(record, **changes)
        return seal(replace(record, metrics=summarise(record)))

    return build


def seal(record: Record) -> Record:
    return replace(record, seal=seal_of(record))


def change_json(record: Record, change) -> Record:
    content = json.loads(records.encode(record))
    change(content)
    return records.decode(json.dumps(content).encode(), "r.json")


def first_visit(content):
    return content["replicates"][2]["blocks"][1]["visits"][3]


def test_a_record_verifies_after_a_round_trip(build_record):
    record = build_record()
    again = records.decode(records.encode(record), "r.json")
    assert again == replace(record, settings=again.settings)
    assert verify(again, record_id=record.id, machine="m1") == ()
    assert verify(again, seal=record.seal) == ()
    assert summarise(again) == record.metrics
    assert set(record.metrics) == {
        "forward_latency",
        "block_latency",
        "throughput",
        "layer_latency/norm",
        "peak_memory",
        "parameters",
    }
    assert record.metrics["forward_latency"].comparison.verdict is Verdict.SLOWER


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a median", lambda content: first_visit(content).update(median_s=0.00401)),
        ("a sum", lambda content: first_visit(content).update(wall_s=0.11)),
        ("a layer", lambda content: first_visit(content)["layers_s"].update({"blocks.0": 0.5})),
        ("a visit gone", lambda content: content["replicates"][2]["blocks"][1]["visits"].pop(3)),
        ("a block gone", lambda content: content["replicates"][2]["blocks"].pop(1)),
        ("a replicate gone", lambda content: content["replicates"].pop(0)),
        ("a block excluded", lambda content: content["replicates"][2]["blocks"][1].update(excluded="steal")),
        ("a verdict", lambda content: content["metrics"]["forward_latency"]["comparison"].update(verdict="faster")),
        ("a value", lambda content: content["metrics"]["throughput"]["arms"]["on"].update(value=1e6)),
        ("a metric gone", lambda content: content["metrics"].pop("throughput")),
        ("a metric invented", lambda content: content["metrics"].update(memory_overhead={"unit": "B", "arms": {}})),
        ("one margin", lambda content: content["metrics"]["throughput"]["comparison"].update(margin=0.1)),
        ("a peak", lambda content: content["memory"][1].update(peak_bytes=[800, 800])),
        ("a device", lambda content: content["environment"].update(device="cuda")),
    ],
)
def test_a_change_by_hand_is_found_even_without_name_or_seal(build_record, what, change):
    assert verify(seal(change_json(build_record(), change))), what


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["environment"].update(cpu="Faster CPU"),
        lambda content: first_visit(content).update(cpu_s=7.0),
        lambda content: content.update(command="rm -rf"),
        lambda content: content["source"].update(digest="y"),
        lambda content: content["arms"]["on"].update(width=7),
    ],
)
def test_any_other_change_is_found_by_name_or_seal(build_record, change):
    record = build_record()
    changed = change_json(record, change)
    assert verify(seal(changed), record_id=record.id)
    assert verify(changed)
    assert verify(replace(changed, seal=""))
    # Sealed anew, only what contradicts itself is left to find.


@pytest.mark.parametrize("place", range(6))
def test_a_missing_visit_is_named_by_its_block(build_record, place):
    changed = change_json(build_record(), lambda content: content["replicates"][2]["blocks"][1]["visits"].pop(place))
    assert any(line.startswith("replicate 3, block 2:") and "not mirrored" in line for line in verify(seal(changed)))


def test_a_visit_under_the_wrong_arm_is_named_by_its_block(build_record):
    changed = change_json(
        build_record(), lambda content: content["replicates"][0]["blocks"][0]["visits"][0].update(arm="null")
    )
    assert any(line.startswith("replicate 1, block 1:") and "not mirrored" in line for line in verify(seal(changed)))


def test_whole_numbers_in_place_of_fractions_keep_the_seal(build_record):
    record = build_record(duration_s=28)
    assert isinstance(record.duration_s, int)
    assert verify(records.decode(records.encode(record), "r.json")) == ()


def test_other_rules_are_said(build_record):
    record = build_record(protocol_digest="other")
    (problem,) = verify(record)
    assert "'other'" in problem


def test_a_swapped_environment_is_found_by_the_replicates(build_record):
    record = build_record(environment={**ENVIRONMENT, "cpu": "Other CPU"})
    (*found,) = verify(record, machine="m2")
    assert len(found) == 8
    assert "m1" in found[0]
    assert "m2" in found[0]


def test_differences_say_where_and_what(build_record):
    record = build_record()
    changed = change_json(
        record, lambda content: content["metrics"]["forward_latency"]["comparison"].update(verdict="faster")
    )
    assert verify(seal(changed)) == ("forward_latency.comparison.verdict: stored 'faster', the samples give 'slower'",)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    replicate=st.integers(0, 7),
    block=st.integers(0, 2),
    visit=st.integers(0, 5),
    factor=st.sampled_from([0.5, 0.99, 0.9999, 1.0001, 1.01, 2.0]),
    field=st.sampled_from(["median_s", "wall_s"]),
)
def test_no_raw_time_can_be_changed_unseen(build_record, replicate, block, visit, factor, field):
    def change(content):
        target = content["replicates"][replicate]["blocks"][block]["visits"][visit]
        target[field] *= factor

    assert verify(seal(change_json(build_record(), change)))


def test_the_margin_of_the_session_is_kept_and_must_be_legal(build_record):
    record = build_record()
    wide = replace(record, metrics=summarise(record, margin=0.5))
    assert wide.metrics["forward_latency"].comparison.verdict is Verdict.NO_DIFFERENCE
    assert verify(seal(wide)) == ()
    small = replace(record, metrics=summarise(record, margin=0.001))
    assert any("margin" in line for line in verify(small))


def test_arms_have_any_name(build_record):
    record = build_record()

    def rename(content):
        content["arms"]["hem"] = content["arms"].pop("on")
        for one in content["replicates"]:
            for block in one["blocks"]:
                for visit in block["visits"]:
                    visit["arm"] = {"on": "hem"}.get(visit["arm"], visit["arm"])

    renamed = change_json(record, rename)
    assert summarise(renamed)["forward_latency"] == record.metrics["forward_latency"]


def test_a_refused_record_has_no_metrics(build_record):
    record = build_record(replicates=(), memory=(), refusal=records.Refusal(reason="inert"))
    assert record.metrics == {}
    assert verify(record) == ()


def test_training_records_verify_and_pairs_must_match(build_record):
    runs = [
        TrainingRun(
            seed=seed,
            arm=arm,
            losses_nats=(3.0, 2.0, 1.5, 1.2, 1.3, 1.1, 1.0, 1.2 + seed / 100),
            evaluations=(
                Evaluation(step=0, loss_nats=3.0, clock_s=0.0),
                Evaluation(step=10, loss_nats=level - seed / 100, clock_s=5.0 + seed),
                Evaluation(step=20, loss_nats=1.2, clock_s=9.0 + seed),
            ),
            shared_digest="s",
            batches_digest=f"b{seed}",
        )
        for seed in range(8)
        for arm, level in (("off", 1.5), ("on", 1.4))
    ]
    training = TrainingComparison(
        plan={}, plan_digest=hashlib.sha256(b"{}").hexdigest(), target_loss_nats=1.6, calibration=(), runs=tuple(runs)
    )
    record = build_record(replicates=(), duration_s=300.0, training=training)
    assert verify(record) == ()
    assert {"convergence_steps", "final_perplexity", "memory_overhead"} <= set(record.metrics)

    def swap_data(content):
        content["training"]["runs"][3]["batches_digest"] = "other"

    def lower_a_loss(content):
        content["training"]["runs"][3]["losses_nats"][6] = 0.9

    assert any("batches_digest" in line for line in verify(seal(change_json(record, swap_data))))
    assert any("loss_variance" in line for line in verify(seal(change_json(record, lower_a_loss))))


def claim(p_value, verdict=Verdict.FASTER, **changes):
    found = compare([-0.05, -0.051] * 4, LATENCY)
    assert found is not None
    return replace(found, p_value=p_value, verdict=verdict, **changes)


def test_holm_by_hand():
    """Five looks at 1 %: .002, .0025, .0033, .005, .01 are the limits from the smallest p on."""
    looks = {
        "a": claim(0.0015),
        "b": claim(0.0024),
        "c": claim(0.0040),  # above .0033: this one and all after it fall
        "d": claim(0.0045),
        "e": claim(0.5, Verdict.INCONCLUSIVE, reason="wide"),
    }
    corrected = correct_together(looks)
    assert list(corrected) == list(looks)
    assert [corrected[key].verdict for key in "abcd"] == [
        Verdict.FASTER,
        Verdict.FASTER,
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
    ]
    assert corrected["c"].reason == "corrected"
    assert corrected["e"] == looks["e"]


def test_one_look_needs_no_correction_and_exact_counts_none_at_all():
    assert correct_together({1: claim(0.009)})[1].verdict is Verdict.FASTER
    exact = claim(0.0, Verdict.LESS, deterministic=True)
    found = correct_together({0: exact, 1: claim(0.009)})
    assert found[0] == exact
    assert found[1].verdict is Verdict.FASTER
    same = claim(1.0, Verdict.NO_DIFFERENCE, deterministic=True)
    assert correct_together({0: same, 1: claim(0.009)})[1].verdict is Verdict.FASTER
    assert correct_together({}) == {}


@given(p_values=st.lists(st.floats(0.0, 0.02), min_size=1, max_size=12), order=st.randoms())
def test_the_correction_is_the_one_of_holm_in_any_order(p_values, order):
    """Against the definition: the i-th smallest passes if it and all smaller ones are within alpha / (m - i)."""
    looks = list(enumerate(claim(p_value) for p_value in p_values))
    order.shuffle(looks)
    corrected = correct_together(dict(looks))
    ascending = sorted(p_values)
    adjusted = [
        max((len(ascending) - place) * ascending[place] for place in range(ascending.index(p_value) + 1))
        for p_value in p_values
    ]
    for index, value in enumerate(adjusted):
        if abs(value - 0.01) > 1e-12 and p_values.count(p_values[index]) == 1:
            assert (corrected[index].verdict is Verdict.FASTER) == (value <= 0.01)


def test_naive_rules_are_fooled_by_drift_and_ours_is_not(build_record, session, world):
    drifting = session(world(drift=0.002, session_noise=0.002, visit_noise=0.005), replicates=8, blocks=3)
    naive = naive_claims(drifting)
    assert set(naive) == {"sequential mean", "one median each", "pooled t-test"}
    assert naive["sequential mean"].claims
    assert naive["one median each"].claims
    result = summarise(build_record(replicates=drifting))["forward_latency"]
    assert result.comparison.verdict is not Verdict.SLOWER


def test_naive_rules_by_hand(session, world):
    calm = session(world(session_noise=0.0, visit_noise=0.0), replicates=2, blocks=2)
    assert naive_claims(calm) == {
        name: NaiveClaim(change=0.0, claims=False) for name in ("sequential mean", "one median each", "pooled t-test")
    }
    slower = session(world(effects={"null": 0.03}, session_noise=0.0, visit_noise=0.001), replicates=2)
    naive = naive_claims(slower, Arms(on="null"))
    assert naive["sequential mean"].claims
    assert not naive["one median each"].claims
    assert naive["pooled t-test"].claims
    assert naive["pooled t-test"].change == pytest.approx(0.03, abs=0.002)
    assert naive_claims(()) == {}


def test_the_pooled_test_is_the_one_of_scipy():
    off, on = [1.0, 1.1, 0.9, 1.05, 0.95], [1.1, 1.2, 1.0, 1.17]
    assert _pooled_p(off, on) == pytest.approx(stats.ttest_ind(off, on).pvalue)


def spoil(record: Record, reason: str | None = "steal") -> Record:
    """Say of every block that the machine disturbed it."""
    return replace(
        record,
        replicates=tuple(
            replace(one, blocks=tuple(replace(block, excluded=reason) for block in one.blocks))
            for one in record.replicates
        ),
    )


def test_spoilt_blocks_count_where_that_was_asked_for_and_then_nothing_is_claimed(build_record):
    plain = build_record()
    assert plain.metrics["forward_latency"].comparison.verdict.value == "slower"
    spoilt = summarise(spoil(plain))
    assert {spoilt[key].reason for key in ("forward_latency", "throughput", "layer_latency/norm")} == {"host-busy"}
    busy = spoil(replace(plain, settings={**plain.settings, "busy": True}))
    counted = summarise(busy)
    assert counted["forward_latency"].arms == plain.metrics["forward_latency"].arms
    found = counted["forward_latency"].comparison
    assert (found.verdict.value, found.reason) == ("inconclusive", "busy")
    assert verify(seal(replace(busy, metrics=counted))) == ()
    quiet = summarise(spoil(busy, None))
    assert quiet["forward_latency"].comparison.verdict.value == "slower", "nothing was disturbed after all"


def test_a_time_whose_interval_is_as_wide_as_itself_is_no_figure(build_record):
    def scatter(record: Record) -> Record:
        return replace(
            record,
            replicates=tuple(
                replace(
                    one,
                    blocks=tuple(
                        replace(
                            block,
                            visits=tuple(
                                replace(visit, median_s=visit.median_s * 9 ** (index % 3)) for visit in block.visits
                            ),
                        )
                        for block in one.blocks
                    ),
                )
                for index, one in enumerate(record.replicates)
            ),
        )

    new = summarise(scatter(build_record(schema=2)))["forward_latency"]
    assert (new.arms, new.comparison, new.reason) == ({}, None, "too-wide")
    old = summarise(scatter(build_record(schema=1)))["forward_latency"]
    assert old.arms["off"].half_width >= old.arms["off"].value, "as it was made, so that it can be verified"
    steady = build_record(schema=2).metrics
    assert all(result.arms for result in steady.values())


def test_an_arm_without_parameters_is_not_compared_by_their_number(build_record):
    """Quantised weights are no parameters any more; a comparison would speak of all of them saved."""
    memory = (
        Memory(arm="off", peak_bytes=(1000, 1000), resident_bytes=10, parameters=70),
        Memory(arm="on", peak_bytes=(900, 900), resident_bytes=10, parameters=0),
    )
    found = build_record(memory=memory).metrics["parameters"]
    assert ({role: one.value for role, one in found.arms.items()}, found.comparison) == ({"off": 70, "on": 0}, None)
