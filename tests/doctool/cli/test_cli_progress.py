"""What is said while a measurement runs."""

import pytest

from doctool.cli.progress import describe
from doctool.progress import Progress
from doctool.project.config import Workload
from doctool.sampling import SpeedRequest


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(subject="step", stage="probe", at_most_s=65), "at most 1:05 left"),
        (Progress(subject="step", stage="quiet", at_most_s=2, left_s=40), "at most 2 s, about 40 s left"),
        (Progress(subject="step", stage="quiet", at_most_s=2), "at most 2 s"),
        (Progress(subject="process 7", stage="queue", at_most_s=900), "at most 15:00"),
        (Progress(subject="step", stage="speed", at_most_s=90, left_s=30), "about 30 s left"),
        (Progress(subject="step", stage="speed", half_widths={"fast": 0.02}, left_s=1), "fast ±2.0%, about 1 s left"),
    ],
)
def test_waiting_has_a_limit_and_work_has_an_end(progress, words):
    assert describe(progress) == words


def test_progress_names_the_workload_and_whose_arms_it_measures():
    workload = Workload(build="a:B", tokens=(1, 2))
    for arms, subject in (
        ({"off": {}, "null": {}, "fast": {}, "small": {}}, "step (fast, small)"),
        ({"off": {}, "null": {}}, "step (baseline)"),
    ):
        assert SpeedRequest(workload_name="step", workload=workload, arms=arms, key="k").subject == subject
