"""Templates: which one is used, what one may do, and how its faults are told."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from doctool.document import Region
from doctool.errors import ConfigError, DocumentError
from doctool.render import Facts, render_region, template_names
from doctool.terms.sentences import WORDS

REGION = Region(mechanism="hem", workload="decode", rows={"Latency": "block_latency"}, columns={"on": "on"})


@pytest.fixture
def write(tmp_path: Path):
    def write_template(text: str, name: str = "comparison") -> tuple[Path, ...]:
        (tmp_path / f"{name}.md.j2").write_text(text, encoding="utf-8")
        return (tmp_path,)

    return write_template


def render(directories: tuple[Path, ...], make: SimpleNamespace, region: Region = REGION) -> str:
    return render_region(region, Facts(records=(make.comparison(),)), "en", directories).text


def test_a_projects_template_wins_over_the_shipped_one(write, make) -> None:
    assert render(write("{{ cell('block_latency off') }}"), make) == "3.420 ± 0.034 ms"


def test_a_projects_template_may_include_shipped_ones_and_its_own(write, make) -> None:
    write("mine: {{ fact('date') }}", "part")
    directories = write(
        '{% from "_layout.md.j2" import grid %}\n{{ grid(table) }}\n{% include "part.md.j2" %}\n', "own"
    )
    text = render(
        directories, make, Region(**{f: getattr(REGION, f) for f in REGION.__struct_fields__} | {"template": "own"})
    )
    assert text.endswith("| Latency | 3.000 ± 0.030 ms |\n\nmine: 2026-11-23")


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a\n{{ tabel }}", 2, "did you mean 'table'"),
        ("a\nb\n{% if %}", 3, "Expected an expression"),
        ("{{ 'x' | quantitty }}", 1, "did you mean 'quantity'"),
        ("a\n{{ 3.42 }}", 2, "bare number 3.42"),
        ("\n{{ 1 + 2 }}", 2, "bare number 3"),
        ("\n\n{{ cell('block_latency off in parsecs') }}", 3, "parsecs"),
        ("\n{{ fact('gpuu') }}", 2, "gpuu"),
        ("\n{{ [1][7] }}", 2, ""),
        ("\n{{ region.__class__.__mro__ }}", 2, "unsafe"),
        ('a\n{% include "gone.md.j2" %}', 2, "no template 'gone.md.j2' to include"),
        ("a\n{% include region.template %}", 2, "in quotes, found 'region.template'"),
        ("{% macro f() %}\n{{ nothing_here }}\n{% endmacro %}\n{{ f() }}", 2, "'nothing_here' is undefined"),
    ],
)
def test_a_templates_fault_is_told_with_its_file_and_line(source: str, line: int, words: str, write, make) -> None:
    directories = write(source)
    with pytest.raises((ConfigError, DocumentError)) as caught:
        render(directories, make)
    assert caught.value.file == str(directories[0] / "comparison.md.j2")
    assert caught.value.line == line
    assert words in caught.value.message


def test_a_fault_in_an_included_template_names_that_file(write, make) -> None:
    write("{{ oops }}", "part")
    directories = write('\n{% include "part.md.j2" %}')
    with pytest.raises(ConfigError) as caught:
        render(directories, make)
    assert (caught.value.file, caught.value.line) == (str(directories[0] / "part.md.j2"), 1)


@pytest.mark.parametrize("name", ["comparsion", "../comparison", "", "a/b", "_layout.md"])
def test_an_unknown_template_is_refused_with_the_nearest_name(name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        render_region(Region(template=name), Facts(records=()), "en", ())
    assert repr(name) in caught.value.message
    assert "'comparison'" in caught.value.message or "known: baseline, comparison" in caught.value.message


def test_filters_take_addresses_so_that_numbers_stay_traceable(write, make) -> None:
    directories = write(
        "{{ 'block_latency off' | quantity('µs') }}\n{{ 'block_latency off' | interval }}\n{{ 'block_latency' | percent }}\n"
        "{{ '2026-01-02' | date }} {{ 'a|b' | escape }} {{ 'a*b' | code }}"
    )
    rendered = render_region(REGION, Facts(records=(make.comparison(),)), "tr", directories)
    assert rendered.text.split("\n") == [
        "3420 ± 34 µs",
        "3,386 … 3,454 ms",
        "−%12,3 (daha hızlı; %99 GA −%14,4 … −%10,2)",
        r"02.01.2026 a\|b `a*b`",
    ]
    assert [figure.arm for _, figure in rendered.figures] == ["off", "off", "change"]


def test_shipped_templates_are_listed_without_their_shared_parts() -> None:
    assert template_names(()) == [
        "baseline",
        "comparison",
        "environment",
        "matrix",
        "not-measured",
        "provenance",
        "summary",
        "training",
        "trials",
    ]


def test_rendering_twice_gives_the_same_bytes(make) -> None:
    facts = Facts(records=(make.comparison(),))
    assert render_region(REGION, facts, "tr", ()) == render_region(REGION, facts, "tr", ())


GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "templates.md").read_text(encoding="utf-8")


def test_the_guides_example_works(write, make) -> None:
    source = re.search(r"```jinja\n(.*?)```", GUIDE, re.DOTALL)[1]
    region = Region(template="headline", mechanism="hem", workload="decode")
    measured = render_region(region, Facts(records=(make.comparison(),)), "en", write(source, "headline")).text
    assert measured.startswith("**14000 ± 140 tokens/s** (+13.4% (faster;")
    assert "CPU measurement: AMD EPYC" in measured
    refused = render_region(region, Facts(records=(make.refused("absent"),)), "en", write(source, "headline")).text
    assert refused.startswith("`hem` was not measured")


def test_the_guide_lists_every_name_filter_and_template_there_is(write, make) -> None:
    documented = set(re.findall(r"^\| `(\w[\w-]*)", GUIDE, re.MULTILINE))
    directories = write("{{ nothing_of_that_kind }}")
    with pytest.raises(ConfigError) as caught:
        render(directories, make)
    names = set(re.search(r"known: (.*)", caught.value.message)[1].split(", "))
    filters = {"quantity", "interval", "percent", "date", "escape", "code", "broken"}
    assert documented == names | filters | set(template_names(()))


EARLIER = Path(__file__).parents[2] / "golden" / "templates-0.1"


@pytest.mark.parametrize("name", ["baseline", "comparison", "environment", "matrix", "not-measured", "training"])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_copy_of_an_earlier_shipped_template_goes_on_rendering_what_it_rendered(name, language, make) -> None:
    region = Region(
        template=name,
        mechanism="hem",
        workload="decode",
        lines=("**GPU**: {gpu}",),
        rows={"Latency": "block_latency", "Lost": "parameters"},
        columns={"off": "off", "change": "change"},
    )
    text = render_region(region, Facts(records=(make.comparison(),)), language, (EARLIER,)).text
    assert "3f2a9c1" in text or name == "not-measured"
    if name in {"baseline", "comparison", "matrix", "training"}:
        assert WORDS["legend"][language] in text
        assert ("CPU ölçümü" if language == "tr" else "CPU measurement") in text
