"""`doctool claims`: the one command that is of use before there is a doctool.yaml."""

import json

from tests.situations import run_here

PAGE = "# Speed\n\nA step takes 12 ms, and is 3x faster.\n\n| Run | Speedup |\n|---|---|\n| a | 40 |\n"


def test_a_named_document_needs_no_settings(tmp_path):
    (tmp_path / "README.md").write_text(PAGE, encoding="utf-8")
    done = run_here(tmp_path, "claims", "README.md")
    assert done.returncode == 0
    assert [row for row in done.stdout.splitlines() if not row.startswith(" ")] == [
        "README.md:3: 12 ms",
        "README.md:3: 3 x",
        "README.md:7: 40 x",
    ]


def test_it_says_so_as_json_too(tmp_path):
    (tmp_path / "README.md").write_text(PAGE, encoding="utf-8")
    claims = json.loads(run_here(tmp_path, "claims", "--json", "README.md").stdout)["claims"]
    assert [(claim["line"], claim["value"], claim["unit"]) for claim in claims] == [
        (3, "12", "ms"),
        (3, "3", "x"),
        (7, "40", "x"),
    ]


def test_without_settings_nobody_knows_which_all_documents_are(tmp_path):
    done = run_here(tmp_path, "claims", "--all")
    assert done.returncode != 0
    assert "doctool.yaml" in done.stderr


def test_a_document_that_is_not_there_is_one_clear_error(tmp_path):
    done = run_here(tmp_path, "claims", "MISSING.md")
    assert done.returncode != 0
    assert "MISSING.md" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_settings_ignore_is_not_listed(tmp_path):
    (tmp_path / "README.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "doctool.yaml").write_text('package: tiny\nignore: ["A step takes", "| a | *0"]\n', encoding="utf-8")
    assert "no unbacked number" in run_here(tmp_path, "claims", "README.md").stdout
