"""A person's edit is told from a formatter's reflow."""

import shutil
import subprocess

import mdformat
import pytest

from doctool import document

TABLE = """**Test Tarihi**: 2026-11-20
**GPU**: NVIDIA H200 \\| x

| Metrik | Orijinal | HEM | İyileştirme |
|:---|---:|:---:|---|
| Blok Gecikmesi | 3,42 ± 0,04 ms | 3,10 ± 0,03 ms | −%9,4 (daha hızlı; %99 GA −%10,1 … −%8,7) |
| `a_b*c` **kalın** _eğik_ | ölçülmedi: GPU yok | 1 | [kayıt](docs/x.json) |

CPU ölçümü: AMD EPYC, 2 çekirdek. Ölçüm: 2026-11-20, commit `0a1b2c3`, kayıt `3f2a9c1d`.
±: %99 güven aralığının yarı genişliği; GA: güven aralığı, ve bu satır öyle uzundur ki her biçimlendirici onu böler.

- [x] bir * yıldız
- iki &lt; üç
"""


@pytest.fixture
def page(vocabulary):
    text = "# T\n\n<!-- doctool:begin hem\nmechanism: hem\n-->\n\n<!-- doctool:end hem -->\n\ntail\n"
    empty = document.parse(text.encode(), "page.md", vocabulary)
    return document.splice(empty, {"hem": document.Replacement(text=TABLE, records=("abc",))}).decode()


def region_of(text, vocabulary):
    return document.parse(text.encode(), "page.md", vocabulary).regions[0]


def test_what_doctool_wrote_is_not_edited(page, vocabulary):
    assert not document.is_edited(region_of(page, vocabulary))


@pytest.mark.parametrize("options", [{}, {"wrap": 40}, {"number": True}, {"wrap": "no"}])
def test_mdformat_is_not_an_edit(page, options, vocabulary):
    formatted = mdformat.text(page, extensions={"gfm"}, options=options)
    assert formatted != page
    region = region_of(formatted, vocabulary)
    assert not document.is_edited(region)
    assert document.says_the_same(region.text, TABLE)


@pytest.mark.skipif(shutil.which("prettier") is None, reason="prettier is not installed")
def test_prettier_is_not_an_edit(page, tmp_path, vocabulary):
    file = tmp_path / "page.md"
    file.write_text(page, "utf-8")
    subprocess.run(["prettier", "--write", "--prose-wrap", "always", str(file)], check=True, capture_output=True)
    assert file.read_text("utf-8") != page
    assert not document.is_edited(region_of(file.read_text("utf-8"), vocabulary))


def test_padding_blank_lines_and_line_endings_are_no_edit(page, vocabulary):
    for change in (
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("| Metrik |", "|   Metrik   |").replace("|---|\n", "|------|\n"),
        lambda text: text.replace("-->\n\n", "-->\n\n\n").replace("\n<!-- doctool:end", "\n\n<!-- doctool:end"),
        lambda text: text.replace("_eğik_", "*eğik*").replace("- iki", "* iki", 0),
        lambda text: text.replace("2 çekirdek. Ölçüm", "2 çekirdek.\nÖlçüm"),
    ):
        changed = change(page)
        assert changed != page
        assert not document.is_edited(region_of(changed, vocabulary)), changed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3,42", "3,43"),
        ("3,10 ± 0,03", "3,10 ± 0,3"),
        ("−%9,4", "%9,4"),
        ("daha hızlı", "çok hızlı"),
        ("Blok", "Model"),
        ("| 1 |", "| |"),
        ("x.json", "y.json"),
        ("`0a1b2c3`", "`0a1b2c4`"),
        ("| Orijinal | HEM |", "| HEM | Orijinal |"),
        ("CPU ölçümü", "GPU ölçümü"),
        ("- iki", "- yedi"),
        (":---:", "---:"),
        ("H200", "H100"),
    ],
)
def test_a_changed_digit_word_or_cell_is_an_edit(page, old, new, vocabulary):
    assert old in page
    assert document.is_edited(region_of(page.replace(old, new, 1), vocabulary))


def test_a_row_added_taken_away_or_moved_is_an_edit(page, vocabulary):
    lines = page.split("\n")
    row = next(number for number, line in enumerate(lines) if line.startswith("| Blok"))
    for changed in (
        [*lines[:row], *lines[row + 1 :]],
        [*lines[: row + 1], *lines[row:]],
        [*lines[:row], lines[row + 1], lines[row], *lines[row + 2 :]],
    ):
        assert document.is_edited(region_of("\n".join(changed), vocabulary))


def test_text_in_a_region_that_was_never_written_is_an_edit(vocabulary):
    empty = "<!-- doctool:begin hem\n-->\n\n<!-- doctool:end hem -->\n"
    assert not document.is_edited(region_of(empty, vocabulary))
    assert document.is_edited(region_of(empty.replace("\n\n", "\nmine\n"), vocabulary))


def test_a_changed_digest_is_an_edit(page, vocabulary):
    region = region_of(page, vocabulary)
    assert document.is_edited(region_of(page.replace(region.digest, "0" * 16), vocabulary))


def test_the_end_marker_of_an_earlier_doctool_is_read(page, vocabulary):
    region = region_of(page, vocabulary)
    earlier = page.replace(f"digest={region.digest}", f"template=01234567 sha256=89abcdef words={region.digest}")
    assert not document.is_edited(region_of(earlier, vocabulary))


def test_the_markers_survive_mdformat_in_lists_and_quotes(page, vocabulary):
    quoted = "".join(f"> {line}\n" for line in page.split("\n"))
    listed = "- item\n\n" + "".join(f"  {line}\n" for line in page.split("\n"))
    for text in (quoted, listed):
        before = region_of(text, vocabulary)
        after = region_of(mdformat.text(text, extensions={"gfm"}), vocabulary)
        assert (after.id, after.region, after.digest) == (before.id, before.region, before.digest)
        assert document.says_the_same(before.text, after.text)
