"""Visits, warm-up and blocks in this process, with a clock that only work moves."""

from __future__ import annotations

import gc
import math

import pytest
import torch
from torch import nn

from doctool import environment
from doctool.sampling.cpu import MOST_CALLS, CpuTimer
from doctool.sampling.replicate import measure_block, warm_up
from doctool.statistics import FORWARD, block_value
from doctool.workload.channel import RefusedError
from doctool.workload.subject import Subject


class Clock:
    """Nanoseconds of work done so far."""

    def __init__(self):
        self.now = 0

    def __call__(self) -> int:
        return self.now


class Layer(nn.Module):
    def __init__(self, clock: Clock, cost_ns: int):
        super().__init__()
        self.clock, self.cost_ns = clock, cost_ns

    def forward(self, x):
        self.clock.now += self.cost_ns
        return x


class Model(nn.Module):
    """Calls its layers, one of them twice."""

    def __init__(self, clock: Clock, costs_ns: tuple[int, ...]):
        super().__init__()
        self.layers = nn.ModuleList(Layer(clock, cost_ns) for cost_ns in costs_ns)
        self.calls = 0
        self.gc_seen: set[bool] = set()

    def forward(self, x):
        self.calls += 1
        self.gc_seen.add(gc.isenabled())
        for layer in self.layers:
            x = layer(x)
        return self.layers[0](x)


MS = 1_000_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


def subject(name: str, model: nn.Module) -> Subject:
    return Subject(name=name, function=model, module=model, value=torch.ones(2))


def timer_of(clock: Clock, models: dict[str, nn.Module], layers: tuple[str, ...] = ()) -> CpuTimer:
    subjects = {name: subject(name, model) for name, model in models.items()}
    return CpuTimer(subjects, dict.fromkeys(models, layers), {}, clock, clock)


def visits_of(timer: CpuTimer, order: tuple[str, ...], pace_s: float = 0.05, tell=lambda _: None):
    return timer.visit_all(order, dict.fromkeys(order, pace_s), tell)


def test_a_visit_holds_enough_calls(clock):
    model = Model(clock, (2 * MS, 3 * MS))
    forth, back = visits_of(timer_of(clock, {"off": model}), ("off", "off"), 0.007)
    assert (forth.calls, back.calls) == (15, 15)  # 7 ms each, at least 100 ms
    assert model.calls == 30
    assert forth.wall_s == pytest.approx(0.105)
    assert forth.median_s == pytest.approx(0.007)
    assert forth.cpu_s == pytest.approx(0.105)
    assert forth.turns_s == pytest.approx([0.007] * 15)


def test_a_turn_of_short_calls_holds_enough_of_them_and_no_dropped_one(clock):
    model = Model(clock, (MS, MS))
    forth, back = visits_of(timer_of(clock, {"off": model}), ("off", "off"), 0.003)
    assert len(forth.turns_s) == len(back.turns_s) == 20
    assert (forth.calls, back.calls) == (40, 40)  # two calls of 3 ms are a turn of at least 5 ms
    assert model.calls == 80 + 2 * 40
    assert forth.wall_s == pytest.approx(0.120)


def test_a_call_longer_than_a_visit_is_a_visit(clock):
    model = Model(clock, (900 * MS,))
    visit, _ = visits_of(timer_of(clock, {"off": model}), ("off", "off"), 1.8)
    assert (visit.calls, visit.median_s, visit.turns_s) == (1, pytest.approx(1.8), (1.8,))
    assert model.calls == 2


def test_arms_take_turns_there_and_back_and_none_is_always_in_the_middle(clock):
    turns: list[str] = []

    class Telling(Model):
        def __init__(self, name: str):
            super().__init__(clock, (10 * MS,))
            self.name = name

        def forward(self, x):
            turns.append(self.name)
            return super().forward(x)

    names = ("a", "b", "c")
    timer = timer_of(clock, {name: Telling(name) for name in names})
    visits = visits_of(timer, ("a", "b", "c", "c", "b", "a"), 0.04)
    assert "".join(turns) == "abccba" + "bcaacb" + "cabbac"
    assert [visit.arm for visit in visits] == list("abccba")
    assert {len(visit.turns_s) for visit in visits} == {3}


def test_a_machine_that_changes_its_speed_changes_no_ratio(clock):
    """Rounds are shorter than what disturbs them, so an arm meets the same speed as its neighbour."""

    class Changing(Model):
        def forward(self, x):
            speed = 1 + (self.clock.now // (400 * MS)) % 2  # twice as slow for 0.4 s, then as before, and so on
            self.clock.now += speed * self.cost_ns
            return x

    def model(cost_ns: int) -> Changing:
        made = Changing(clock, ())
        made.clock, made.cost_ns = clock, cost_ns
        return made

    models = {"off": model(10 * MS), "on": model(11 * MS)}
    timer = timer_of(clock, models)
    order = ("off", "on", "on", "off")
    for _ in range(8):
        block = measure_block(timer, order, dict.fromkeys(models, 0.01), lambda _: None)
        assert math.exp(block_value(block, "off", "on", FORWARD)) == pytest.approx(1.1, rel=1e-3)


def test_layers_are_timed_inside_the_same_calls_and_repeated_ones_add_up(clock):
    timer = timer_of(clock, {"off": Model(clock, (2 * MS, 3 * MS))}, ("layers.0", "layers.1"))
    visit, _ = visits_of(timer, ("off", "off"), 0.007)
    assert visit.layers_s == pytest.approx({"layers.0": 0.004, "layers.1": 0.003})
    assert sum(visit.layers_s.values()) == pytest.approx(visit.median_s)


def test_the_mean_block_is_known_turn_by_turn(clock):
    layers = {"off": ("layers.0", "layers.1")}
    timer = CpuTimer({"off": subject("off", Model(clock, (2 * MS, 3 * MS)))}, layers, layers, clock, clock)
    visit, _ = visits_of(timer, ("off", "off"), 0.007)
    assert visit.block_turns_s == pytest.approx([0.0035] * 15)


def test_a_clock_that_stands_still_does_not_trap_us(clock):
    visit, _ = visits_of(timer_of(clock, {"off": Model(clock, (0,))}), ("off", "off"), 0.0)
    assert 0 < visit.calls <= MOST_CALLS


def test_a_turn_is_the_mean_of_its_calls_and_belongs_to_its_half(clock):
    class Tiring(Model):
        def forward(self, x):
            self.clock.now += self.calls * MS
            self.calls += 1
            return x

    model = Tiring(clock, ())
    model.clock = clock
    forth, back = visits_of(timer_of(clock, {"off": model}), ("off", "off"), 0.04)
    # Calls of 0, 1, 2, 3 ms are the first turn and 4, 5 ms the second; from then on, every call is one.
    assert forth.turns_s == pytest.approx([0.0015, 0.006, 0.008])
    assert back.turns_s == pytest.approx([0.0045, 0.007, 0.009])


def test_a_hang_is_seen_by_the_arm_that_was_last_told_of(clock):
    told: list[str] = []
    visits_of(
        timer_of(clock, {"off": Model(clock, (MS,)), "on": Model(clock, (MS,))}),
        ("off", "on", "on", "off"),
        0.002,
        told.append,
    )
    assert told == ["visiting off", "visiting on", "visiting on", "visiting off"]


def test_warming_up_ends_when_two_windows_agree(clock):
    class Settling(Model):
        def forward(self, x):
            # The first calls are slower, as when caches fill and code is compiled.
            self.clock.now += max(60 - 10 * self.calls, 0) * MS
            return super().forward(x)

    model = Settling(clock, (10 * MS,))
    model.clock = clock
    calls, pace_s = warm_up(timer_of(clock, {"off": model}), "off", 5.0)
    assert calls == model.calls
    assert 6 < calls < 20
    assert pace_s == pytest.approx(0.02)


def test_warming_up_something_that_never_settles_has_a_limit(clock):
    class Wild(Model):
        def forward(self, x):
            self.clock.now += 10 * MS * 2 ** (self.calls % 10)
            return super().forward(x)

    model = Wild(clock, (1,))
    model.clock = clock
    warm_up(timer_of(clock, {"off": model}), "off", 5.0)
    assert 5.0 <= clock.now / 1e9 < 16.0


def test_a_slow_call_is_warmed_up_once_where_there_is_no_time(clock):
    model = Model(clock, (4000 * MS,))
    assert warm_up(timer_of(clock, {"off": model}), "off", 0.0) == (1, pytest.approx(8.0))
    assert model.calls == 1


def test_an_output_that_is_not_finite_ends_the_warm_up(clock):
    class Broken(nn.Module):
        def forward(self, x):
            return x * float("nan")

    with pytest.raises(RefusedError) as caught:
        warm_up(timer_of(clock, {"on": Broken()}), "on", 0.0)
    assert caught.value.reason == "nan"


def test_thirty_percent_more_work_is_thirty_percent_more_time(clock):
    models = {"off": Model(clock, (5 * MS,)), "null": Model(clock, (5 * MS,)), "on": Model(clock, (6_500_000,))}
    order = ("off", "on", "null", "null", "on", "off")
    block = measure_block(timer_of(clock, models), order, dict.fromkeys(models, 0.01), lambda _: None)
    assert tuple(visit.arm for visit in block.visits) == order
    medians = {visit.arm: visit.median_s for visit in block.visits}
    assert medians["on"] / medians["off"] == pytest.approx(1.3)
    assert medians["null"] == medians["off"]


def test_no_call_is_dropped_where_it_is_as_long_as_a_turn(clock):
    models = {"off": Model(clock, (500 * MS,)), "on": Model(clock, (500 * MS,))}
    measure_block(timer_of(clock, models), ("off", "on", "on", "off"), dict.fromkeys(models, 1.0), lambda _: None)
    assert (models["off"].calls, models["on"].calls) == (2, 2)


def test_no_garbage_is_collected_during_a_visit_and_again_afterwards(clock):
    model = Model(clock, (50 * MS,))
    measure_block(timer_of(clock, {"off": model}), ("off", "off"), {"off": 0.1}, lambda _: None)
    assert model.gc_seen == {False}
    assert gc.isenabled()


def test_no_gradients_are_recorded_in_timed_calls(clock):
    seen = []

    class Looking(nn.Module):
        def forward(self, x):
            clock.now += 200 * MS
            seen.append(torch.is_grad_enabled())
            return x

    timer = timer_of(clock, {"off": Looking()})
    visits_of(timer, ("off", "off"), 0.2)
    assert seen == [False, False]


@pytest.mark.parametrize(
    ("steal_s", "excluded"),
    [(0.0, None), (0.5, "steal")],
)
def test_a_block_is_excluded_by_the_environment_alone(clock, monkeypatch, steal_s, excluded):
    moments = iter(range(100))

    def read():
        number = next(moments)
        return environment.Signals(clock_s=float(number), own_cpu_s=float(number), steal_s=steal_s * number)

    monkeypatch.setattr(environment, "read_signals", read)
    model = Model(clock, (50 * MS,))
    block = measure_block(timer_of(clock, {"off": model}), ("off", "off"), {"off": 0.1}, lambda _: None)
    assert block.excluded == excluded
    assert block.signals["steal"] == pytest.approx(steal_s)
