"""Short begin comments: a layout of doctool.yaml stands for what the long form would say, in the page's language."""

import pytest
from msgspec.structs import replace

from doctool.document import parse, splice
from doctool.document.splice import Replacement
from doctool.errors import ConfigError, DocumentError
from doctool.project.loading import parse_config
from doctool.project.project import Project

SETTINGS = """\
package: p
documents: {tr.md: {language: tr}, en.md: {language: en}}
workloads: {decode: {build: "p:M", tokens: [1, 1]}}
mechanisms: {hem: {toggle: use_hem, compare: [decode]}}
layouts:
  pair:
    corner: "{workload}"
    lines: ["GPU: {gpu}"]
    rows: {Forward time: forward_latency}
    columns: {Original: off, "{mechanism}": on, Improvement: improvement}
    align: lrrr
labels:
  tr: {hem: HEM, decode: Tek token, Forward time: Süre, Original: Kapalı, Improvement: İyileştirme, "GPU: {gpu}": "Kart: {gpu}"}
  en: {hem: HEM}
"""
LONG = """\
<!-- doctool:begin hem
template: comparison
mechanism: hem
workload: decode
lines: ["Kart: {gpu}"]
corner: Tek token
rows: {Süre: forward_latency}
columns: {Kapalı: off, HEM: on, İyileştirme: improvement}
align: lrrr
-->
<!-- doctool:end hem -->
"""
SHORT = "<!-- doctool:begin hem layout=pair mechanism=hem workload=decode -->\n<!-- doctool:end hem -->\n"


@pytest.fixture
def vocabulary(tmp_path):
    return Project(tmp_path, parse_config(SETTINGS)).vocabulary


def region(text, vocabulary, file="tr.md"):
    (managed,) = parse(text.encode(), file, vocabulary).regions
    return managed.region


def test_the_short_form_asks_for_what_the_long_form_asks_for(vocabulary):
    assert region(SHORT, vocabulary) == region(LONG, vocabulary)


def test_each_page_has_the_labels_of_its_language_and_what_is_not_listed_stays(vocabulary):
    found = region(SHORT, vocabulary, "en.md")
    assert (found.corner, tuple(found.rows), tuple(found.columns)) == (
        "decode",
        ("Forward time",),
        ("Original", "HEM", "Improvement"),
    )


def test_what_a_region_says_itself_counts_before_its_layout(vocabulary):
    own = SHORT.replace(
        " -->\n<!-- doctool:end", "\nrows: {Memory: peak_memory}\nalign: lccc\n-->\n<!-- doctool:end", 1
    )
    assert region(own, vocabulary) == replace(region(SHORT, vocabulary), rows={"Memory": "peak_memory"}, align="lccc")


def test_the_layout_may_be_named_in_the_yaml_as_well(vocabulary):
    below = "<!-- doctool:begin hem\nlayout: pair\nmechanism: hem\nworkload: decode\n-->\n<!-- doctool:end hem -->\n"
    assert region(below, vocabulary) == region(SHORT, vocabulary)


def test_a_region_with_a_short_form_is_filled_and_its_comment_stays(vocabulary):
    data = splice(parse(SHORT.encode(), "tr.md", vocabulary), {"hem": Replacement(text="Filled.", records=("a",))})
    assert data.decode().startswith(SHORT.partition("\n")[0] + "\n\nFilled.\n\n<!-- doctool:end hem record=a ")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            SHORT.replace("layout=pair", "layout=pear"),
            1,
            "there is no layout 'pear' in doctool.yaml; did you mean 'pair'",
        ),
        (SHORT.replace("layout=", "layuot="), 1, "'layuot' cannot be said behind the id; did you mean 'layout'"),
        (SHORT.replace("mechanism=hem", "mechanism=ham"), 1, "there is no mechanism 'ham'"),
        (SHORT.replace("layout=pair", "layout=pair layout=pair"), 1, "'layout' is said twice"),
        (SHORT.replace("layout=pair", "rows={}"), 1, "'rows' cannot be said behind the id"),
        (SHORT.replace("layout=pair", "pair"), 1, "follows the id; start the YAML on a line of its own"),
        (SHORT.replace(" -->\n", "\nworkload: decode\n-->\n", 1), 2, "'workload' is said behind the id and below"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(text, line, words, vocabulary):
    with pytest.raises(DocumentError) as caught:
        region(text, vocabulary)
    assert words in caught.value.message
    assert caught.value.line == line


def test_an_unknown_key_of_a_layout_is_told_with_its_line():
    with pytest.raises(ConfigError) as caught:
        parse_config(SETTINGS.replace("    align: lrrr", "    aling: lrrr"))
    assert (caught.value.line, "did you mean 'align'" in caught.value.message) == (11, True)
