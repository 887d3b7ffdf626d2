"""doctool as its users get it: built into a wheel, installed elsewhere, used in a repository of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.situations import make_tiny

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Directory into which the wheel was installed."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "repository"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(source)], check=True)
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0"):
        path = ROOT / os.fsdecode(name)
        if name and path.is_file():
            (source / os.fsdecode(name)).parent.mkdir(parents=True, exist_ok=True)
            (source / os.fsdecode(name)).write_bytes(path.read_bytes())
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source)], check=True
    )
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), str(wheel)], check=True)
    return target


def run(installed, project, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "doctool", *arguments],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_package_is_in_the_wheel(installed):
    for package in ("doctool", "mmrec"):
        ours = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py")}
        theirs = {path.relative_to(installed) for path in (installed / package).rglob("*.py")}
        assert ours <= theirs
    shipped = {path.name for path in (installed / "doctool" / "templates").glob("*.j2")}
    assert shipped == {path.name for path in (ROOT / "templates").glob("*.j2")}
    assert (installed / "doctool" / "project" / "schemas" / "record.json").is_file()


def test_it_works_in_another_repository(installed, tmp_path):
    project = make_tiny(tmp_path / "repository")
    where = subprocess.run(
        [sys.executable, "-c", "import doctool; print(doctool.__file__)"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)
    done = run(installed, project, "refresh", "--all", "--quick", "--busy")
    assert done.returncode == 0, done.stderr
    assert "[ACTUAL VALUE]" not in project.page.read_text()
    assert run(installed, project, "check", "--all").returncode == 0


def test_a_projects_own_template_wins(installed, tmp_path):
    project = make_tiny(tmp_path / "repository")
    project.write("templates/not-measured.md.j2", "Our own words.\n")
    project.write("templates/comparison.md.j2", "Our own words, no table.\n")
    project.page.write_text(project.page.read_text().replace("## Fast", "## Ghost").replace("| Fast |", "| Ghost |"))
    done = run(installed, project, "refresh", "--all", "--no-commit")
    assert done.returncode == 0, done.stderr
    assert "Our own words" in project.page.read_text()
