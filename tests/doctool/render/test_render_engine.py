"""The template engine by itself: compiled templates are kept, and nothing that one rendering said is."""

import pytest

from doctool.errors import ConfigError
from doctool.render.engine import run_template
from doctool.render.sources import Source

TEXTS = {
    "a.md.j2": '{% from "b.md.j2" import m %}{{ "x" | f }} {{ ("x" | f) ~ "!" }} {{ m() }} {{ m(v) }} {{ v }}',
    "b.md.j2": '{% macro m(w="y") %}{{ "m" | f }}{{ w | f }}{% endmacro %}',
}


def render(value, texts=TEXTS):
    sources = {name: Source(name=name, file=name, text=text) for name, text in texts.items()}
    return run_template(sources, {"v": value}, {"f": lambda word: f"{word}{value}"})


def test_a_rendering_keeps_nothing_of_the_one_before():
    assert render("1") == "x1 x1! m1y1 m111 1"
    assert render("2") == "x2 x2! m2y2 m222 2"


def test_a_changed_template_of_the_same_name_is_another():
    assert render("1", {"a.md.j2": "one"}) == "one"
    assert render("1", {"a.md.j2": "two"}) == "two"


def test_each_rendering_has_an_allowance_of_its_own():
    many = {"a.md.j2": "{% for i in range(15000) %}{% endfor %}done"}
    assert [render("1", many) for _ in range(3)] == ["done"] * 3
    with pytest.raises(ConfigError, match="turns of loops") as caught:
        render("1", {"a.md.j2": "\n{% for i in range(15000) %}{% endfor %}" * 2})
    assert (caught.value.file, caught.value.line) == ("a.md.j2", 3)
