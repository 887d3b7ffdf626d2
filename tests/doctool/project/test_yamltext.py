import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctool.errors import ConfigError
from doctool.project import yamltext


def fail(message, line):
    return ConfigError(message, file="f.yaml", line=line)


def parse(text, first_line=1):
    return yamltext.parse(text, fail, first_line)


def test_off_and_on_are_words():
    assert parse("columns: {Orijinal: off, HEM: on, ok: yes, no: true}").value == {
        "columns": {"Orijinal": "off", "HEM": "on", "ok": "yes", "no": True}
    }


def test_keys_are_always_text():
    assert parse("{2024: x, 1.5: y, true: z, null: w}").value == {"2024": "x", "1.5": "y", "true": "z", "null": "w"}


def test_dates_stay_text():
    assert parse("a: 2026-11-23").value == {"a": "2026-11-23"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [", 2, "not valid YAML"),
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ("a: 1\n? [x]\n: 2", 2, "plain text"),
        ("a: &x [*x]", 1, "aliases"),
        ("a: !!python/object:os.system x", 1, "not a kind of value"),
        ("a: \x00", 1, "not valid YAML"),
        ("a: 1\n---\nb: 2", 2, "not valid YAML"),
    ],
)
def test_an_error_names_its_line(text, line, words):
    with pytest.raises(ConfigError, match=words) as caught:
        parse(text)
    assert caught.value.line == line


def test_lines_count_from_where_the_text_begins():
    source = parse("a:\n  b:\n    - c\n    - d: e\n", first_line=10)
    assert source.line_of(("a", "b")) == 11
    assert source.line_of(("a", "b", 1, "d")) == 13
    assert source.line_of(("a", "b", 1, "d", "nowhere")) == 13


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd: #{}[]'\"|>-?%@é", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["off", "on", "yes", "1", "a b", "ğ", "null"]), plain), st.booleans())
def test_what_is_dumped_is_read_back_equal(value, flow):
    assert parse(yamltext.dump(value, flow=flow)).value == value
