import random
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctool.errors import DoctoolError, UsageError
from doctool.records import Evaluation, Record, Source, TrainingComparison, TrainingRun
from doctool.render import figures
from doctool.terms.mechanism import Status

SVG = "{http://www.w3.org/2000/svg}"


def make_record(*, mechanism="uboo", target=2.5, steps=40, seeds=(1, 2, 3), on="on", scale="toy scale"):
    def run_of(seed, arm):
        noise = random.Random(f"{seed} {arm}")
        losses = tuple(round(5.5 / (1 + 0.05 * step) + noise.random() / 10, 5) for step in range(steps))
        evaluations = tuple(
            Evaluation(step=step, loss_nats=5.5 / (1 + 0.04 * step) + seed / 100, clock_s=step * 0.1)
            for step in range(0, steps + 1, 10)
        )
        return TrainingRun(
            seed=seed, arm=arm, losses_nats=losses, evaluations=evaluations, shared_digest="a", batches_digest="b"
        )

    return Record(
        schema=1,
        mechanism=mechanism,
        workload="training",
        arms={"off": {}, on: {}},
        settings={"scale": scale},
        protocol="doctool-ab/1",
        protocol_digest="0",
        environment={},
        source=Source(digest="0"),
        status=Status.EFFECTIVE,
        started="2026-01-01T00:00:00+00:00",
        duration_s=1.0,
        command="doctool measure",
        training=TrainingComparison(
            plan={},
            plan_digest="0",
            target_loss_nats=target,
            calibration=(),
            runs=tuple(run_of(seed, arm) for seed in seeds for arm in ("off", on)),
        ),
    )


def texts_of(svg):
    return ["".join(element.itertext()).strip() for element in ET.fromstring(svg).iter(f"{SVG}text")]


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_same_record_gives_the_same_bytes():
    assert figures.draw_training(make_record(), "en") == figures.draw_training(make_record(), "en")


def test_the_bytes_do_not_depend_on_the_users_own_style():
    plain = figures.draw_training(make_record(), "en")
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "svg.fonttype": "path", "font.size": 30}):
        assert figures.draw_training(make_record(), "en") == plain
        assert mpl.rcParams["lines.linewidth"] == 9


def test_another_process_draws_the_same_bytes(tmp_path):
    path = tmp_path / "record.json"
    path.write_bytes(msgspec.json.encode(make_record()))
    program = (
        "import sys, pathlib; from doctool import records; from doctool.render import figures; import msgspec; "
        "record = msgspec.json.decode(pathlib.Path(sys.argv[1]).read_bytes(), type=records.Record); "
        "sys.stdout.buffer.write(figures.draw_training(record, 'tr'))"
    )
    drawn = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True).stdout
    assert drawn == figures.draw_training(make_record(), "tr")


def test_no_date_and_no_creator_are_written():
    svg = figures.draw_training(make_record(), "en").decode()
    assert "dc:date" not in svg
    assert "dc:creator" not in svg


@pytest.mark.parametrize("language", ["tr", "en"])
def test_title_and_description_are_where_screen_readers_look(language):
    record = make_record(mechanism="a<b&c")
    root = ET.fromstring(figures.draw_training(record, language))
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert "a<b&c" in title.text
    assert description.text == figures.alt_text(record, language)
    assert root.get("role") == "img"
    assert root.get("lang") == language
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]


def test_labels_and_numbers_are_in_the_language_of_the_document():
    turkish, english = (texts_of(figures.draw_training(make_record(), language)) for language in ("tr", "en"))
    assert {"kapalı", "açık", "adım", "eğitim kaybı (nat)", "hedef 2,500"} <= set(turkish)
    assert {"off", "on", "step", "training loss (nats)", "target 2.500"} <= set(english)
    assert not any("." in text for text in turkish)


def test_the_page_behind_shows_through_and_every_colour_reads_on_light_and_dark():
    svg = figures.draw_training(make_record(), "en").decode()
    assert "fill: #ffffff" not in svg
    assert "fill: #000000" not in svg
    for colour in (figures.INK, *(pen.colour for pen in figures.PENS)):
        assert colour in svg
        for background in figures.BACKGROUNDS:
            assert contrast(colour, background) >= 4.0


def test_arms_differ_in_more_than_colour():
    svg = figures.draw_training(make_record(), "en").decode()
    assert len({pen.dash for pen in figures.PENS}) == len({pen.hatch for pen in figures.PENS}) == 2
    assert "stroke-dasharray" in svg
    assert "<pattern" in svg


def test_a_target_that_was_not_set_is_said_and_not_drawn():
    record = make_record(target=None)
    assert not any("target" in text for text in texts_of(figures.draw_training(record, "en")))
    assert "No target loss could be set." in figures.alt_text(record, "en")


def test_the_text_alternative_gives_medians_and_ranges():
    ends = sorted(run.evaluations[-1].loss_nats for run in make_record().training.runs if run.arm == "off")
    text = figures.alt_text(make_record(), "en")
    assert f"off {ends[1]:.3f} ({ends[0]:.3f} … {ends[2]:.3f})" in text
    assert "40 steps" in text
    assert "3 seeds" in text
    assert "toy scale" in text
    assert "oyuncak ölçek" in figures.alt_text(make_record(), "tr")


def test_long_runs_become_means_over_windows():
    (run,) = (run for run in make_record(steps=1000, seeds=(1,)).training.runs if run.arm == "off")
    steps, (curve,) = figures._training_curves([run])
    assert len(steps) == len(curve) == 200
    assert steps[0] == 3.0  # mean of steps 1 to 5
    assert curve[0] == pytest.approx(sum(run.losses_nats[:5]) / 5)
    assert steps[-1] == 998.0


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.integers(1, 3000))
def test_windows_cover_every_step_once(steps):
    run = TrainingRun(
        seed=1,
        arm="off",
        losses_nats=tuple(float(step) for step in range(1, steps + 1)),
        evaluations=(),
        shared_digest="",
        batches_digest="",
    )
    places, (curve,) = figures._training_curves([run])
    assert len(places) <= 200
    # The loss of step n is n here, so a window's mean loss is its mean step.
    assert curve == pytest.approx(places)


def test_what_holds_no_curves_is_refused():
    record = msgspec.structs.replace(make_record(), training=None)
    with pytest.raises(UsageError, match="no training curves"):
        figures.draw_training(record, "en")
    with pytest.raises(UsageError, match="no training curves"):
        figures.alt_text(record, "en")


def test_without_matplotlib_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(DoctoolError, match=r"pip install doctool\[figures\]"):
        figures.draw_training(make_record(), "en")


def test_importing_the_module_does_not_import_matplotlib():
    program = "import sys, doctool.render.figures; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_record_and_language_has_a_file_of_its_own(tmp_path):
    one, other = make_record(), make_record(target=2.4)
    paths = {figures.figure_path(record, tmp_path, language) for record in (one, other) for language in ("tr", "en")}
    assert len(paths) == 4
    assert all(path.suffix == ".svg" and path.parent == tmp_path for path in paths)
