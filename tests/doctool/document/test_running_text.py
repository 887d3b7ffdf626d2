"""What counts as a number left open in a line of words; the golden pages show what becomes of it."""

import pytest

from doctool import document
from doctool.document.running_text import find_open_numbers

CASES = (
    # In a sentence, with a unit.
    ("It takes XX ms", ["XX"]), ("XX.X % less", ["XX.X"]), ("X.XX× faster", ["X.XX"]), ("X × faster", ["X"]),
    ("X.Xx faster", ["X.Xx"]), ("Xx", ["Xx"]), ("XX kat", ["XX"]), ("X,X kat hızlı", ["X,X"]), ("X kat", ["X"]),
    ("%XX daha hızlı", ["XX"]), ("% XX daha", ["XX"]), ("%X daha", ["X"]), ("a %X,X gain", ["X,X"]),
    ("XX seconds", ["XX"]), ("XX milisaniye", ["XX"]), ("XX 毫秒", ["XX"]), ("about ~??? ms", ["???"]),
    ("(? ms)", ["?"]), ("____% faster", ["____"]), ("takes #.## ms", ["#.##"]), ("[X] ms, TBD s", ["[X]", "TBD"]),
    # By itself a mask is something else.
    ("XX", []), ("XX x YY", []), ("XX × XX", []), ("X × 3", []), ("32 X 32", []), ("50% X and 50% Y", []),
    ("50%X", []), ("Section ## ms", []), ("What is it? ms or s?", []), ("Why? s", []), ("2XX", []), ("XXL", []),
    ("SDXL", []), ("0xXX", []), ("Python 3.x", []), ("http 5xx", []), ("{p95} ms", []), ("XX-bit", []),
    # Behind a label that asks for a quantity.
    ("Latency: pending", ["pending"]), ("Latency (ms): pending.", ["pending"]), ("Latency: TODO", ["TODO"]),
    ("Latency: ⏳ pending", ["⏳ pending"]), ("(Latency: pending)", ["pending"]), ("Latency: X.XX", ["X.XX"]),
    ("Latency: pending (GPU: TBD)", ["pending", "TBD"]), ("Latency: soon, memory: XX", ["soon", "XX"]),
    ("Latency: — ms", ["— ms"]), ("Latency: XX–XX ms", ["XX–XX"]), ("Latency: X.X ± X ms", ["X.X ± X"]),
    ("Latency: [X] ± [Y] ms per token", ["[X] ± [Y]"]), ("Latency: [X] ms [VALUE]", ["[X]", "[VALUE]"]),
    ("HEM latency: {p95} ms", ["{p95}"]), ("延迟：待测", ["待测"]), ("Speedup: ???", ["???"]), ("12 runs; latency: ?", ["?"]),
    ("Latency: —", []), ("Latency: N/A", []), ("Latency: ...", []), ("Latency: see below", []), ("Speedup: soon", []),
    ("Throughput: value", []), ("Memory: available", []), ("Words: pending", []), ("Latency: " + "⏳" * 45, []),
    ("The latency: 12 ms", []), ("Latency: pending: words", []),
    # Behind one that asks for a fact, only what is said in full.
    ("GPU: to be determined", ["to be determined"]), ("GPU: unknown", []), ("Python: 3.XX", []), ("CUDA: ???", []),
    # A fact's own name, behind a label of machines or beside another placeholder.
    ("Hardware: [GPU]", ["[GPU]"]), ("Test sistemi: [CPU]", ["[CPU]"]), ("Supported: [CPU], [GPU]", []),
    ("[CPU], [CORES] cores, PyTorch [VERSION]", ["[CPU]", "[CORES]", "[VERSION]"]), ("[CPU] wheels", []),
)  # fmt: skip


@pytest.mark.parametrize(("line", "tokens"), CASES)
def test_open_numbers_are_told_from_words(line, tokens, vocabulary):
    found = find_open_numbers(line, vocabulary)
    assert [token.text for token in found] == tokens
    assert all(line.startswith(token.text, token.start) for token in found)


@pytest.mark.parametrize("line", [line for line, tokens in CASES if tokens])
def test_the_scan_of_bytes_sees_each(line, vocabulary):
    page = document.parse(f"{line}\n".encode(), "page.md", vocabulary)
    assert page.placeholders
