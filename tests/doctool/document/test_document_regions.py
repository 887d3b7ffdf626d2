"""Markers, the YAML in them, and what is refused."""

import pytest

from doctool import document
from doctool.errors import DocumentError

REGION = "<!-- doctool:begin hem\nmechanism: hem\nrows: {Block: block_latency}\ncolumns: {A: off, B: on}\n-->\n"
END = "<!-- doctool:end hem -->\n"


def parse(text, vocabulary):
    return document.parse(text.encode() if isinstance(text, str) else text, "page.md", vocabulary)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# T\n" + REGION + "text\n", 2, ["never closed", "<!-- doctool:end hem -->"]),
        ("# T\n" + END, 2, ["not begun", "remove it"]),
        (REGION + REGION.replace("hem", "dpg", 1) + END, 6, ["begins inside region 'hem'"]),
        (REGION + END.replace("hem", "dpg"), 6, ["region 'hem' is the open one (line 1)"]),
        (REGION + END + "\n" + REGION + END, 8, ["already there on line 1"]),
        ("<!-- doctool:begin hem\nrows: {a: b\n-->\n" + END, 3, ["not valid YAML"]),
        (
            "<!-- doctool:begin hem\ntemplate: comparison\nmechansim: hem\n-->\n" + END,
            3,
            ["'mechansim'", "did you mean 'mechanism'"],
        ),
        ("<!-- doctool:begin hem\nrows: [a]\n-->\n" + END, 2, ["'rows'"]),
        (
            "<!-- doctool:begin hem\nmechanism: hem\nrows: {A: block_latncy}\n-->\n" + END,
            3,
            ["'block_latncy'", "block_latency"],
        ),
        ("<!-- doctool:begin hem\nrows: {A: block_latency in GB}\n-->\n" + END, 2, ["cannot be written in GB", "ms"]),
        ("<!-- doctool:begin hem\nrows: {A: off on}\n-->\n" + END, 2, ["two of a kind"]),
        ("<!-- doctool:begin hem\nrows: {A: throughput in furlongs}\n-->\n" + END, 2, ["'furlongs'"]),
        ("<!-- doctool:begin hem\nwhere: {gpo: H200}\n-->\n" + END, 2, ["'gpo'", "'gpu'"]),
        ("<!-- doctool:begin hem\nmechanism: hme\n-->\n" + END, 2, ["'hme'", "'hem'"]),
        ("<!-- doctool:begin hem\nlines:\n  - 'GPU {gqu}'\n-->\n" + END, 3, ["'gqu'"]),
        ("<!-- doctool:begin hem\nalign: lx\n-->\n" + END, 2, ["alignment"]),
        ("text <!-- doctool:end hem -->\n", 1, ["line of its own"]),
        ("<!-- doctool:begin -->\n", 1, ["names no region"]),
        ("<!-- doctool:begin a b -->\n<!-- doctool:end a -->", 1, ["follows the id"]),
        ("<!-- doctool:begin a/b\n-->\n", 1, ["cannot be an id"]),
        ("<!-- doctool:begn hem -->\n", 1, ["did you mean 'doctool:begin'"]),
        ("# T\n\n<!-- doctool:begin hem\nmechanism: hem\n", 3, ["never closed", "-->"]),
        (REGION + "<!-- doctool:end hem recrd=1 -->\n", 6, ["'recrd=1'", "'record'"]),
        ("> " + REGION.replace("\n", "\n> ")[:-2] + END, 6, ["different block quotes"]),
    ],
)
def test_what_is_malformed_is_refused_with_its_line_and_a_remedy(text, line, words, vocabulary):
    with pytest.raises(DocumentError) as caught:
        parse(text, vocabulary)
    assert (caught.value.file, caught.value.line) == ("page.md", line), caught.value
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    "shown",
    [
        "```\n{0}```\n",
        "~~~md\n```\n{0}~~~\n",
        "- item\n\n  ```\n  x\n  {0}",
        "    <!-- doctool:begin hem -->\n",
        "<pre>\n{0}</pre>\n",
        "Write `<!-- doctool:begin hem -->` above.\n",
        "> ```\n> <!-- doctool:begin x -->\n",
        "<script>\n<!-- doctool:begin hem -->\n</script>\n",
    ],
)
def test_markers_shown_as_code_are_text(shown, vocabulary):
    text = shown.format((REGION + END).replace("\n", "\n  ") if "item" in shown else REGION + END)
    assert parse(text, vocabulary).regions == ()


def test_an_unclosed_fence_above_hides_a_region_and_a_closed_one_does_not(vocabulary):
    assert parse("```\na\n" + REGION + END, vocabulary).regions == ()
    assert len(parse("```\na\n```\n" + REGION + END, vocabulary).regions) == 1


def test_several_regions_in_any_order_are_found_with_their_lines(vocabulary):
    text = "# T\n\n" + REGION.replace("hem", "b", 1) + END.replace("hem", "b") + "x\n\n" + REGION + "\n| 1 |\n\n" + END
    first, second = parse(text, vocabulary).regions
    assert (first.id, first.line, first.end_line) == ("b", 3, 8)
    assert (second.id, second.line, second.end_line, second.text, second.text_line) == ("hem", 11, 19, "| 1 |", 17)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("prefix", ["", "> ", "> > ", "  "])
def test_text_goes_in_with_the_line_endings_and_the_prefix_of_its_place(newline, prefix, vocabulary):
    text = "".join(prefix + line + newline for line in ("# T\n" + REGION + END + "tail").split("\n"))
    page = parse(text, vocabulary)
    result = document.splice(page, {"hem": document.Replacement(text="a\n\nb", records=("r1", "r2"))})
    assert f"{prefix}a{newline}{prefix.rstrip()}{newline}{prefix}b{newline}".encode() in result
    region = parse(result, vocabulary).regions[0]
    assert (region.text, region.records, region.is_rendered) == ("a\n\nb", ("r1", "r2"), True)
    assert result.startswith(f"{prefix}# T{newline}".encode())
    assert result.endswith(f"-->{newline}{prefix}tail{newline}".encode())


def test_mixed_endings_bom_nul_bad_bytes_and_no_final_newline_stay(vocabulary):
    around = b"\xef\xbb\xbf# T\r\nb\rc\x00\x0c\xff\xfe \xc2\x85\n"
    data = around + (REGION + END).encode().replace(b"\n", b"\r\n") + b"\ra\xe2\x80\xa8b\n| x"
    result = document.splice(parse(data, vocabulary), {"hem": document.Replacement(text="t")})
    assert result.startswith(around + REGION.encode().replace(b"\n", b"\r\n") + b"\r\nt\r\n\r\n<!-- doctool:end hem")
    assert result.endswith(b"-->\r\n\ra\xe2\x80\xa8b\n| x")


def test_text_that_would_leave_its_region_is_refused(vocabulary):
    page = parse(REGION + END + "tail\n", vocabulary)
    for text in ("<!-- open", "```\nopen", "<!-- doctool:end hem -->\nx", "<!-- doctool:begin z -->"):
        with pytest.raises(DocumentError):
            document.splice(page, {"hem": document.Replacement(text=text)})


def test_an_unknown_region_is_refused(vocabulary):
    with pytest.raises(DocumentError, match=r"'x'.*known: hem"):
        document.splice(parse(REGION + END, vocabulary), {"x": document.Replacement(text="")})


def test_plain_pages_cost_no_markdown_parser():
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    code = (
        "import sys; from doctool import document; from doctool.vocabulary import build_vocabulary\n"
        "v = build_vocabulary({'hem': ('use_hem',)}, {'hem': ('d',)})\n"
        "page = document.parse(b'# T [a](b)\\n\\n- one, in 3 parts\\n', 'p', v)\n"
        "assert page.regions == page.placeholders == document.find_claims(page) == ()\n"
        "assert 'markdown_it' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_cell_has_an_address_with_the_defaults_filled_in(vocabulary):
    text = (
        "<!-- doctool:begin u\nmechanism: uboo\nworkload: decode\nwhere: {gpu: H200}\nlines:\n  - 'on {gpu}, {{x}}'\n"
        "rows: {A: final_perplexity, B: block_latency in µs, C: ''}\ncolumns: {X: off, Y: dpg on}\n"
        "keep: {C: {X: '1', Y: '2'}}\n-->\n<!-- doctool:end u -->"
    )
    found = document.cell_addresses(
        parse(text, vocabulary).regions[0].region, vocabulary.mechanisms, vocabulary.workloads
    )
    assert [(a.key, a.metric, a.arm, a.mechanism, a.workload, a.unit, dict(a.where)) for a in found] == [
        ("gpu", None, None, "uboo", "decode", None, {"gpu": "H200"}),
        (None, "final_perplexity", "off", "uboo", "training", None, {"gpu": "H200"}),
        (None, "final_perplexity", "on", "dpg", "training", None, {"gpu": "H200"}),
        (None, "block_latency", "off", "uboo", "decode", "µs", {"gpu": "H200"}),
        (None, "block_latency", "on", "dpg", "decode", "µs", {"gpu": "H200"}),
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_marker_in_a_fence_is_text_from_the_first_byte_on(mark, newline, vocabulary):
    text = f"{mark}```html\n{REGION}text\n{END}```\n\n{REGION}text\n{END}".replace("\n", newline)
    (region,) = document.parse(text.encode(), "page.md", vocabulary).regions
    assert region.line == 11


def test_a_key_with_nothing_behind_it_asks_for_nothing(vocabulary):
    text = "<!-- doctool:begin hem\nmechanism: hem\nworkload: null\n-->\n<!-- doctool:end hem -->\n"
    (managed,) = document.parse(text.encode(), "page.md", vocabulary).regions
    assert managed.region.workload is None


def test_the_regions_of_a_page_are_those_outside_its_code_however_many_there_are(vocabulary):
    one = "<!-- doctool:begin r{0}\nmechanism: hem\n-->\n\n{0}\n\n<!-- doctool:end r{0} -->\n\nLatency: TBD\n\n"
    page = document.parse("".join(map(one.format, range(300))).encode(), "page.md", vocabulary)
    assert [region.id for region in page.regions] == [f"r{number}" for number in range(300)]
    assert len(page.placeholders) == 300
