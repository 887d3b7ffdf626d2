"""The guide's scripts show and save the records that the usual measuring leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from doctool.errors import RecordError
from doctool.records.store import read_record
from mmrec.scripts import results

MEASUREMENTS = Path(__file__).parents[2] / "docs" / "measurements"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a script over records that were made before."""
    monkeypatch.chdir(tmp_path)

    def run(measure, *arguments):
        monkeypatch.setattr(results, "_measure", measure)
        monkeypatch.setattr(sys, "argv", ["script", *arguments])
        return results.run_script("Measure.", ["hem"])

    return run


@pytest.mark.parametrize("mechanism", ["baseline", "hem", "uboo"])
def test_every_figure_is_the_records(run, capsys, mechanism):
    record = read_record(max(MEASUREMENTS.glob(f"{mechanism}-*.json")))
    assert run(lambda *_, **__: [record]) == 0
    saved = json.loads(Path("benchmark_results.json").read_text())[f"{mechanism}/{record.workload}"]
    assert saved["record"] == record.id
    assert set(saved["metrics"]) == set(record.metrics)
    for key, result in record.metrics.items():
        for arm, estimate in result.arms.items():
            assert saved["metrics"][key][arm]["value"] == estimate.value
        verdict = saved["metrics"][key]["change"] and saved["metrics"][key]["change"]["verdict"]
        assert verdict == (result.comparison and result.comparison.verdict.value)
    shown = capsys.readouterr().out
    assert f"record {record.id}" in shown
    assert all(result.comparison.verdict.value in shown for result in record.metrics.values() if result.comparison)


@pytest.mark.parametrize(
    ("problem", "code"), [(RecordError("broken"), RecordError.exit_code), (KeyboardInterrupt(), 130)]
)
def test_what_goes_wrong_is_one_message_and_one_code(run, capsys, problem, code):
    def fail(*_, **__):
        raise problem

    assert run(fail) == code
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert not said.out
    assert not Path("benchmark_results.json").exists()


def test_results_are_saved_although_nobody_reads_what_is_printed(tmp_path):
    record = max(MEASUREMENTS.glob("hem-*.json"))
    program = (
        "import sys; from pathlib import Path; from doctool.records.store import read_record; from mmrec.scripts import results\n"
        f"results._measure = lambda *_, **__: [read_record(Path({str(record)!r}))]\n"
        "sys.argv = ['script']; sys.exit(results.run_script('Measure.', ['hem']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert (process.returncode, said) == (0, "")
    assert json.loads((tmp_path / "benchmark_results.json").read_text())


@pytest.mark.parametrize("script", ["real_benchmark", "benchmark_hem", "train_uboo_test"])
def test_each_script_can_be_asked_what_it_does(script):
    done = subprocess.run(
        [sys.executable, "-m", f"mmrec.scripts.{script}", "--help"], capture_output=True, text=True, check=True
    )
    assert "--budget" in done.stdout
