import pytest

from doctool.errors import ConfigError
from doctool.project.config import BASELINE
from doctool.project.loading import load_config, parse_config

SMALLEST = """\
package: tiny
workloads: {step: {build: "tiny:Net", features: [4, 8]}}
mechanisms: {fast: {toggle: use_fast, compare: [step]}}
documents: {docs/PERF.md: }
"""


def test_four_lines_are_a_whole_configuration():
    config = parse_config(SMALLEST)
    assert config.documents["docs/PERF.md"].language == "en"
    assert config.mechanisms["fast"].toggles == ("use_fast",)
    assert config.mechanisms["fast"].question.toggles == ("use_fast",)
    assert config.workloads["step"].dtype == "float32"


def test_a_mechanism_may_have_several_toggles():
    assert parse_config(SMALLEST.replace("use_fast", "[use_a, use_b]")).mechanisms["fast"].toggles == ("use_a", "use_b")


def test_the_baseline_needs_no_toggle():
    config = parse_config(SMALLEST + f"aliases: {{mechanisms: {{{'fast'}: [Hızlı]}}}}\n")
    assert BASELINE not in config.mechanisms
    assert (
        parse_config(SMALLEST.replace("{fast:", "{baseline: {measure: [step]}, fast:")).mechanisms[BASELINE].toggles
        == ()
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("package: 3", 1, "expected `str`, got `int`"),
        ("package: a\nworkload: {}", 2, "did you mean 'workloads'"),
        ("package: a\nmechanisms:\n  hem:\n    togle: x\n", 4, "did you mean 'toggle'"),
        ("package: a\nmechanisms:\n  hem: {}\n", 3, "has no 'toggle'"),
        ("package: a\nmechanisms:\n  hem:\n    toggle: x\n    compare:\n    - w\n", 6, "no workload 'w'"),
        (
            "package: a\nmechanisms:\n  m:\n    toggle: x\n    train: {build: 'a:b', stepz: 1}\n",
            5,
            "did you mean 'steps'",
        ),
        ("package: a\nmechanisms:\n  m:\n    toggle: x\n    train: {build: 'a:b'}\n", 3, "probe: NAME"),
        ("package: a\nworkloads:\n  w:\n    build: nonsense\n    tokens: [1]\n", 4, "package.module:Class"),
        ("package: a\nworkloads:\n  w:\n    build: x:y\n", 3, "exactly one of 'tokens' and 'features'"),
        ("package: a\nworkloads:\n  w:\n    build: x:y\n    tokens: [1, 0]\n", 5, ">= 1"),
        ("package: a\naliases:\n  mechanisms:\n    hm: [x]\n", 4, "no mechanism 'hm'"),
        ("package: a\nrelease:\n  tagz: 3\n", 3, "did you mean 'tags'"),
        ("package: a\nclaims: loud\n", 2, "Invalid enum value"),
        ("- a\n- b\n", 1, "expected keys"),
        ("", 1, "expected keys"),
        ("package: [", 1, "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_remedy(text, line, words):
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    assert words.lower() in str(caught.value).lower()
    assert (caught.value.file, caught.value.line) == ("doctool.yaml", line)


@pytest.mark.parametrize(
    "build", ["tiny:Net", "tiny.model:Net.small", "Ünlü.modül:Sınıf", "my-package.my-model:Net", "_a._b:_C", "a1:b2"]
)
def test_whatever_python_can_import_can_be_built(build):
    config = parse_config(f"package: a\nworkloads:\n  w: {{build: '{build}', tokens: [1]}}\n")
    assert config.workloads["w"].build == build


@pytest.mark.parametrize(
    "build", ["a", "a:", ":b", "a..b:C", "a:b.", ".a:b", "a:1b", "1a:b", "a:b-c", "a b:c", "a:b\\n", "a.-b:c", "a:b:c"]
)
def test_what_python_cannot_import_is_refused_with_its_line(build):
    with pytest.raises(ConfigError, match=r"package\.module:Class") as caught:
        parse_config(f'package: a\nworkloads:\n  w:\n    tokens: [1]\n    build: "{build}"\n')
    assert caught.value.line == 5


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match="doctool init"):
        load_config(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "doctool.yaml").write_bytes(b"\xff\xfe\x00p")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "doctool.yaml").write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert load_config(tmp_path).package == "tiny"
